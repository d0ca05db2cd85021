/** What OpenMetrics 1.0 forbids beyond the text formats: the rows are the specification. */
import { describe, expect, test } from 'vitest'
import { parseOpenMetrics } from '../../src/parser/index.ts'
import { refusal } from './refusal.ts'

describe('refuses the end', () => {
  test.each([
    [
      'that is missing from an empty body',
      '',
      'line 1, column 1: The body ends without "# EOF", so it may have been cut off. Write that as its last line.',
    ],
    [
      'that is missing',
      'a 1\n',
      'line 2, column 1: The body ends without "# EOF", so it may have been cut off. Write that as its last line.',
    ],
    [
      'that is cut off',
      'a 1\n# EO',
      'line 2, column 5: The body ends without "# EOF", so it may have been cut off. Write that as its last line.',
    ],
    [
      'that is missing from a line that was cut off',
      'a 1',
      'line 1, column 4: The body ends without "# EOF", so it may have been cut off. Write that as its last line.',
    ],
    [
      'with a blank behind it',
      '# EOF \n',
      'line 1, column 1: "# EOF " stands where only # TYPE, # UNIT, # HELP and # EOF may: OpenMetrics has no comments. Remove it.',
    ],
    [
      'with a sample behind it',
      '# EOF\na 1\n',
      'line 2, column 1: "a 1" stands after "# EOF", which ends the body. Remove it, or write it before.',
    ],
    [
      'with an empty line behind it',
      '# EOF\n\n',
      'line 2, column 1: The line ends after "# EOF", which ends the body. Remove it, or write it before.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a line', () => {
  test.each([
    ['that is empty', '\n# EOF\n', 'line 1, column 1: The line is empty, and OpenMetrics has no such lines. Remove it.'],
    [
      'that is a comment',
      '# c\n# EOF\n',
      'line 1, column 1: "# c" stands where only # TYPE, # UNIT, # HELP and # EOF may: OpenMetrics has no comments. Remove it.',
    ],
    [
      'that is a comment without a blank',
      '#TYPE a gauge\n# EOF\n',
      'line 1, column 1: "#TYPE a gauge" stands where only # TYPE, # UNIT, # HELP and # EOF may: OpenMetrics has no comments. Remove it.',
    ],
    [
      'that starts with a blank',
      ' a 1\n# EOF\n',
      'line 1, column 1: " a 1" stands where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    [
      'with CRLF',
      'a 1\r\n# EOF\n',
      'line 1, column 3: "1\\r" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN. Lines end with \\n alone, not with \\r\\n.',
    ],
    [
      'with CRLF behind a timestamp',
      'a 1 5\r\n# EOF\n',
      'line 1, column 5: "5\\r" is not a timestamp. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none. Lines end with \\n alone, not with \\r\\n.',
    ],
    [
      'with CRLF behind HELP',
      '# HELP a b\r\n# EOF\n',
      'line 1, column 11: A carriage return ends the line before its line feed. End lines with \\n alone, not with \\r\\n.',
    ],
    [
      'with a tab',
      'a\t1\n# EOF\n',
      'line 1, column 2: "\\t1" stands where a space and the value of the sample should. Write one space there.',
    ],
    [
      'with two blanks',
      'a  1\n# EOF\n',
      'line 1, column 3: " 1" stands where the value of the sample should: OpenMetrics has one space between parts. Remove the blank.',
    ],
    [
      'with a blank at its end',
      'a 1 \n# EOF\n',
      'line 1, column 4: A blank ends the line, and OpenMetrics has blanks only between parts. Remove it.',
    ],
    [
      'with a tab at its end',
      'a 1\t\n# EOF\n',
      'line 1, column 4: "\\t" stands where a space and a timestamp should. Write one space there.',
    ],
    [
      'with a blank in the braces',
      'a{ b="c"} 1\n# EOF\n',
      'line 1, column 3: " b=\\"c\\"} 1" stands where a label name should: letters, digits and "_", no digit first. Write it like code="200".',
    ],
    [
      'with a comma at the end of the labels',
      'a{b="c",} 1\n# EOF\n',
      'line 1, column 8: "," is the last thing in the braces: OpenMetrics wants a label after it. Remove it.',
    ],
    [
      'with nothing between labels and value',
      'a{b="c"}1\n# EOF\n',
      'line 1, column 9: "1" stands where a space and the value of the sample should. Write one space there.',
    ],
    ['without a value', 'a\n# EOF\n', 'line 1, column 2: The line ends where the value of the sample should stand. Write it there.'],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a head', () => {
  test.each([
    [
      'with two blanks before the name',
      '# TYPE  a gauge\n# EOF\n',
      'line 1, column 8: " a gauge" stands where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    [
      'with two blanks before the type',
      '# TYPE a  gauge\n# EOF\n',
      'line 1, column 10: " gauge" is not a type of OpenMetrics. Write counter, gauge, histogram, gaugehistogram, summary, stateset, info or unknown, and end the line there.',
    ],
    [
      'without a type',
      '# TYPE a\n# EOF\n',
      'line 1, column 9: The line ends directly behind the name "a". Write one space there, even before an empty text.',
    ],
    [
      'without a HELP text or its blank',
      '# HELP a\n# EOF\n',
      'line 1, column 9: The line ends directly behind the name "a". Write one space there, even before an empty text.',
    ],
    ['of type untyped', '# TYPE a untyped\n# EOF\n', 'line 1, column 10: "untyped" is not a type of OpenMetrics. Write unknown.'],
    [
      'of an unheard type',
      '# TYPE a foo\n# EOF\n',
      'line 1, column 10: "foo" is not a type of OpenMetrics. Write counter, gauge, histogram, gaugehistogram, summary, stateset, info or unknown, and end the line there.',
    ],
    [
      'with a bare quote in HELP',
      '# HELP a \\"b"\n# EOF\n',
      'line 1, column 13: A quote stands in HELP without a backslash before it. Write it as \\".',
    ],
    [
      'with a backslash at the end of HELP',
      '# HELP a x\\\n# EOF\n',
      'line 1, column 11: "\\\\" is no escape: there are \\\\, \\" and \\n. Write a backslash itself as \\\\.',
    ],
    ['with HELP twice', '# HELP a x\n# HELP a y\n# EOF\n', 'line 2, column 1: "a" has a HELP already. Remove one of the two.'],
    [
      'with UNIT twice, once empty',
      '# UNIT a_s \n# UNIT a_s s\n# EOF\n',
      'line 2, column 1: "a_s" has a UNIT already. Remove one of the two.',
    ],
    ['with TYPE twice', '# TYPE a counter\n# TYPE a counter\n# EOF\n', 'line 2, column 1: "a" has a TYPE already. Remove one of the two.'],
    [
      'behind a sample',
      'a 1\n# UNIT a s\n# EOF\n',
      'line 2, column 1: "a" has samples already, from line 1 on. Write its UNIT before them.',
    ],
    [
      'whose unit is not in its name',
      '# UNIT a s\n# EOF\n',
      'line 1, column 10: "s" is not the end of the name "a". Rename it to "a_s", or remove the UNIT.',
    ],
    [
      'whose unit is its name',
      '# UNIT s s\n# EOF\n',
      'line 1, column 10: "s" is not the end of the name "s". Rename it to "s_s", or remove the UNIT.',
    ],
    [
      'whose unit is not in the alphabet',
      '# UNIT a_s s!\n# EOF\n',
      'line 1, column 12: "s!" is not a unit: the alphabet is letters, digits, "_" and ":". Write it like seconds.',
    ],
    [
      'whose unit is of an info',
      '# TYPE a_s info\n# UNIT a_s s\n# EOF\n',
      'line 2, column 12: "s" is a unit, and what is of type info measures nothing. Remove the UNIT line.',
    ],
    [
      'whose unit is of a state set',
      '# UNIT a_s s\n# TYPE a_s stateset\na_s{a_s="x"} 1\n# EOF\n',
      'line 1, column 12: "s" is a unit, and what is of type stateset measures nothing. Remove the UNIT line.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses families', () => {
  test.each([
    [
      'in two pieces',
      'a 1\nb 1\na{c="d"} 1\n# EOF\n',
      'line 3, column 1: "a" is already a name of the unknown "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'of which one is a total of the one before',
      '# TYPE a counter\na_total 1\n# TYPE a_total gauge\n# EOF\n',
      'line 3, column 1: "a_total" is already a name of the counter "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'of which one is a birth of the one after',
      '# TYPE a_created gauge\n# TYPE a counter\n# EOF\n',
      'line 2, column 1: "a" is a counter and can have a sample "a_created", a name of the gauge "a_created", which starts on line 1. Rename one of the two.',
    ],
    [
      'of which one is a total of the one after, by its samples',
      'a_total 1\n# TYPE a counter\na_total 1\n# EOF\n',
      'line 2, column 1: "a" is a counter and can have a sample "a_total", a name of the unknown "a_total", which starts on line 1. Rename one of the two.',
    ],
    [
      'of which one is an info of the one before',
      '# TYPE a info\n# TYPE a_info gauge\n# EOF\n',
      'line 2, column 1: "a_info" is already a name of the info "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'of one name',
      '# TYPE a gauge\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n',
      'line 3, column 1: "a" is already a name of the gauge "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a timestamp', () => {
  test.each([
    [
      'NaN',
      'a 1 NaN\n# EOF\n',
      'line 1, column 5: "NaN" is not a timestamp. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none.',
    ],
    [
      'without end',
      'a 1 +Inf\n# EOF\n',
      'line 1, column 5: "+Inf" is not a timestamp. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none.',
    ],
    [
      'that is a word',
      'a 1 x\n# EOF\n',
      'line 1, column 5: "x" is not a timestamp. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none.',
    ],
    [
      'before the last',
      'a 1 2\na 1 1\n# EOF\n',
      'line 2, column 5: "1" is before "2", the time of the same metric on line 1. Write its points in order of time.',
    ],
    [
      'that the sample before did not have',
      'a 1\na 1 2\n# EOF\n',
      'line 2, column 1: This sample has a timestamp, unlike that of the same metric on line 1. Write one in all of them, or in none.',
    ],
    [
      'missing where the sample before had one',
      'a 1 2\na 1\n# EOF\n',
      'line 2, column 1: This sample has no timestamp, unlike that of the same metric on line 1. Write one in all of them, or in none.',
    ],
    [
      'that the sample before had',
      'a 1 2\na 1 2\n# EOF\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'that the sample before had, in another spelling',
      'a 1 2\na 1 2.0\n# EOF\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'with another behind it',
      'a 1 5 6\n# EOF\n',
      'line 1, column 7: "6" stands where the line should end, or an exemplar start. Write it like # {trace_id="abc"} 0.67.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a series', () => {
  test.each([
    [
      'twice',
      'a 1\na 1\n# EOF\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'in two pieces',
      'a{x="1"} 1\na{x="2"} 1\na{x="1"} 1\n# EOF\n',
      'line 3, column 1: "a{x=\\"1\\"}" is of a metric that starts on line 1 and ended before this line. Write the samples of one label set together.',
    ],
    [
      'of a histogram in two pieces',
      '# TYPE h histogram\nh_bucket{a="1",le="+Inf"} 1\nh_bucket{a="2",le="+Inf"} 1\nh_sum{a="1"} 1\n# EOF\n',
      'line 4, column 1: "h_sum{a=\\"1\\"}" is of a metric that starts on line 2 and ended before this line. Write the samples of one label set together.',
    ],
    [
      'of a summary whose points are mixed',
      '# TYPE s summary\ns_count 0 123\ns_count 0 456\ns_sum 0 123\n# EOF\n',
      'line 4, column 9: "123" is before "456", the time of the same metric on line 3. Write its points in order of time.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a counter', () => {
  test.each([
    [
      'without its suffix',
      '# TYPE a counter\na 1\n# EOF\n',
      'line 2, column 1: "a" is no sample of the counter of that name, whose samples are "a_total" and "a_created". Rename it, or correct the TYPE.',
    ],
    [
      'that is NaN',
      '# TYPE a counter\na_total NaN\n# EOF\n',
      'line 2, column 9: "NaN" cannot be the value of "a_total": it counts, and NaN is no count. Write a number.',
    ],
    [
      'below zero',
      '# TYPE a counter\na_total -1\n# EOF\n',
      'line 2, column 9: "-1" cannot be the value of "a_total": it counts from 0 upwards. Write 0 or more, or make it a gauge.',
    ],
    [
      'without a total',
      '# TYPE a counter\na_created 1\n# EOF\n',
      'line 2, column 1: "a_created" is without its "a_total", and a counter always has one. Write it.',
    ],
    [
      'without a total at one of two times',
      '# TYPE a counter\na_created 1 1\na_total 1 2\n# EOF\n',
      'line 2, column 1: "a_created" is without its "a_total", and a counter always has one. Write it.',
    ],
    [
      'born at NaN',
      '# TYPE a counter\na_total 1\na_created NaN\n# EOF\n',
      'line 3, column 11: "NaN" cannot be the value of "a_created": it is a time. Write seconds since the Unix epoch.',
    ],
    [
      'born twice',
      '# TYPE a counter\na_total 1\na_created 1\na_created 1\n# EOF\n',
      'line 4, column 1: "a_created" is a second sample of its series, which starts on line 2. Remove one, or give it another label.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses an exemplar', () => {
  test.each([
    [
      'without its blank',
      '# TYPE a counter\na_total 1 #{} 1\n# EOF\n',
      'line 2, column 12: "{} 1" stands where a space and the labels of the exemplar should. Write one space there.',
    ],
    [
      'without labels',
      '# TYPE a counter\na_total 1 # 1\n# EOF\n',
      'line 2, column 13: "1" stands where the labels of the exemplar should. Write {} when it has none.',
    ],
    [
      'without a value',
      '# TYPE a counter\na_total 1 # {}\n# EOF\n',
      'line 2, column 15: The line ends where the value of the exemplar should stand. Write it there.',
    ],
    [
      'without anything',
      '# TYPE a counter\na_total 1 #\n# EOF\n',
      'line 2, column 12: The line ends where the labels of the exemplar should stand. Write it there.',
    ],
    [
      'with a blank at its end',
      '# TYPE a counter\na_total 1 # {} 1 \n# EOF\n',
      'line 2, column 17: A blank ends the line, and OpenMetrics has blanks only between parts. Remove it.',
    ],
    [
      'with a word for a timestamp',
      '# TYPE a counter\na_total 1 # {} 1 x\n# EOF\n',
      'line 2, column 18: "x" is not a timestamp of an exemplar. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none.',
    ],
    [
      'with too much',
      '# TYPE a counter\na_total 1 # {} 1 2 3\n# EOF\n',
      'line 2, column 19: " 3" stands after the exemplar, where the line should end. Remove it.',
    ],
    [
      'with a name in quotes',
      '# TYPE a counter\na_total 1 # {"b"} 1\n# EOF\n',
      'line 2, column 17: "} 1" stands after "b" where "=" should. Write labels like code="200".',
    ],
    [
      'with 129 characters',
      '# TYPE a counter\na_total 1 # {b="😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"} 1\n# EOF\n',
      'line 2, column 13: "{b=\\"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀…" has over 128 characters of names and values, all that an exemplar may have. Shorten it.',
    ],
    [
      'of a gauge',
      'a 1 # {} 1\n# EOF\n',
      'line 1, column 5: "a" has an exemplar, which only the totals of counters and buckets may have. Remove it.',
    ],
    [
      'of a birth',
      '# TYPE a counter\na_total 1\na_created 1 # {} 1\n# EOF\n',
      'line 3, column 13: "a_created" has an exemplar, which only the totals of counters and buckets may have. Remove it.',
    ],
    [
      'of a sum',
      '# TYPE s summary\ns_sum 1 5 # {} 1\n# EOF\n',
      'line 2, column 11: "s_sum" has an exemplar, which only the totals of counters and buckets may have. Remove it.',
    ],
    [
      'beyond its bucket',
      '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {} 2\n# EOF\n',
      'line 2, column 22: The exemplar is 2, beyond its bucket "1.0". Write it in the bucket that counts it.',
    ],
    [
      'that is NaN in a bucket',
      '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {} NaN\n# EOF\n',
      'line 2, column 22: The exemplar is NaN, beyond its bucket "1.0". Write it in the bucket that counts it.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses an info or a state set', () => {
  test.each([
    [
      'that is not 1',
      '# TYPE a info\na_info 2\n# EOF\n',
      'line 2, column 8: "2" cannot be the value of "a_info": an info says all in its labels. Write 1.',
    ],
    [
      'twice',
      '# TYPE a info\na_info{v="1"} 1\na_info{v="1"} 1\n# EOF\n',
      'line 3, column 1: "a_info{v=\\"1\\"}" is a second sample of its series, which starts on line 2. Remove one, or give it another label.',
    ],
    [
      'without its suffix',
      '# TYPE a info\na 1\n# EOF\n',
      'line 2, column 1: "a" is no sample of the info of that name, whose samples are "a_info". Rename it, or correct the TYPE.',
    ],
    [
      'neither on nor off',
      '# TYPE a stateset\na{a="x"} 2\n# EOF\n',
      'line 2, column 10: "2" cannot be the value of "a": a state is on or off. Write 1 or 0.',
    ],
    [
      'without a state',
      '# TYPE a stateset\na 1\n# EOF\n',
      'line 2, column 1: "a" has no label "a", by which samples of a stateset are told apart. Write it.',
    ],
    [
      'with a state twice',
      '# TYPE a stateset\na{a="x"} 1\na{a="x"} 0\n# EOF\n',
      'line 3, column 1: "a{a=\\"x\\"}" is a second sample of its series, which starts on line 2. Remove one, or give it another label.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a histogram', () => {
  test.each([
    [
      'with another spelling of infinity',
      '# TYPE h histogram\nh_bucket{le="Inf"} 1\n# EOF\n',
      'line 2, column 1: "h_bucket{le=\\"Inf\\"}" has the le "Inf", and OpenMetrics spells that number +Inf. Write it so.',
    ],
    [
      'with a bucket of one and a half',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1.5\n# EOF\n',
      'line 2, column 21: "1.5" cannot be the value of "h_bucket": it counts events. Write a whole number.',
    ],
    [
      'with infinitely many',
      '# TYPE h histogram\nh_bucket{le="+Inf"} +Inf\n# EOF\n',
      'line 2, column 21: "+Inf" cannot be the value of "h_bucket": it counts events. Write a whole number.',
    ],
    [
      'with a bucket of NaN',
      '# TYPE h histogram\nh_bucket{le="+Inf"} NaN\n# EOF\n',
      'line 2, column 21: "NaN" cannot be the value of "h_bucket": it counts, and NaN is no count. Write a number.',
    ],
    [
      'without a count beside the sum',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\n# EOF\n',
      'line 3, column 7: "h_sum" is there without "h_count": there is one if and only if there is the other. Write both, or none.',
    ],
    [
      'without a sum beside the count',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n',
      'line 3, column 9: "h_count" is there without "h_sum": there is one if and only if there is the other. Write both, or none.',
    ],
    [
      'with a sum beside a bound below zero',
      '# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n# EOF\n',
      'line 4, column 7: "h_sum" is beside a bucket below zero, with which a sum can shrink. Leave out "h_sum" and "h_count".',
    ],
    [
      'with a sum of NaN',
      '# TYPE h histogram\nh_sum NaN\n# EOF\n',
      'line 2, column 7: "NaN" cannot be the value of "h_sum": it counts, and NaN is no count. Write a number.',
    ],
    [
      'with a sum below zero',
      '# TYPE h histogram\nh_sum -1\n# EOF\n',
      'line 2, column 7: "-1" cannot be the value of "h_sum": it counts from 0 upwards. Write 0 or more, or make it a gauge.',
    ],
    [
      'without its last bucket at one of two times',
      '# TYPE h histogram\nh_bucket{le="1.0"} 1 1\nh_bucket{le="+Inf"} 2 2\n# EOF\n',
      'line 2, column 1: "h_bucket" has no bucket le="+Inf" here: the last one counts all events. Write it after the others.',
    ],
    [
      'with bounds that fall',
      '# TYPE h histogram\nh_bucket{le="2.0"} 1\nh_bucket{le="1.0"} 1\n# EOF\n',
      'line 3, column 1: "h_bucket{le=\\"1.0\\"}" has the bound "1.0" after 2.0: bounds ascend, and none is there twice. Write the buckets in that order.',
    ],
    [
      'with counts that fall',
      '# TYPE h histogram\nh_bucket{le="2.0"} 2\nh_bucket{le="+Inf"} 1\n# EOF\n',
      'line 3, column 21: "h_bucket{le=\\"+Inf\\"}" is 1 after 2: each bucket counts all of those before it as well. Write a cumulative count.',
    ],
    [
      'whose count is not its last bucket',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 2\nh_sum 1\n# EOF\n',
      'line 3, column 9: The count of "h" is 2 and its bucket le="+Inf" 1. Write the same in both.',
    ],
    [
      'of a gauge, with a sum below zero',
      '# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gsum -1\ng_gcount 1\n# EOF\n',
      'line 3, column 8: "g_gsum" is -1 without a bucket below zero. Write 0 or more, or the bucket.',
    ],
    [
      'of a gauge, with a sum of NaN',
      '# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gsum NaN\n# EOF\n',
      'line 3, column 8: "NaN" cannot be the value of "g_gsum": it counts, and NaN is no count. Write a number.',
    ],
    [
      'of a gauge, without a count',
      '# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gsum 1\n# EOF\n',
      'line 3, column 8: "g_gsum" is there without "g_gcount": there is one if and only if there is the other. Write both, or none.',
    ],
    [
      'of a gauge, with the suffix of another',
      '# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\n# TYPE g_bucket gauge\n# EOF\n',
      'line 3, column 1: "g_bucket" is already a name of the gaugehistogram "g", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})

describe('refuses a summary', () => {
  test.each([
    [
      'with one quantile in two spellings',
      '# TYPE s summary\ns{quantile="0.9"} 1\ns{quantile="0.90"} 1\n# EOF\n',
      'line 3, column 1: "s{quantile=\\"0.90\\"}" is a second sample of its series, which starts on line 2. Remove one, or give it another label.',
    ],
    [
      'with a quantile below zero',
      '# TYPE s summary\ns{quantile="0.9"} -1\n# EOF\n',
      'line 2, column 19: "-1" cannot be the value of "s": quantiles are not negative. Write 0 or more, or NaN when there were no events.',
    ],
    [
      'with half a count',
      '# TYPE s summary\ns_count 1.5\n# EOF\n',
      'line 2, column 9: "1.5" cannot be the value of "s_count": it counts events. Write a whole number.',
    ],
    [
      'with a quantile above one',
      '# TYPE s summary\ns{quantile="1.1"} 1\n# EOF\n',
      'line 2, column 1: "s{quantile=\\"1.1\\"}" has the quantile "1.1", which is not from 0 to 1. Write it like 0.99.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseOpenMetrics, body)).toBe(message)
  })
})
