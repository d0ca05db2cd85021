/** Authorization headers as a well-behaved client writes them. */

export const basic = (user: string, password: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })
