/** What text 0.0.4 and 1.0.0 forbid: the rows are the specification, in the order in which a line is read. */
import { describe, expect, test } from 'vitest'
import { parseText } from '../../src/parser/index.ts'
import { refusal } from './refusal.ts'

describe('refuses a body', () => {
  test.each([
    ['that was cut off', 'a 1\nb 2', 'line 2, column 4: "b 2" is a line without its end: the body may have been cut off. End it with \\n.'],
    ['with a byte order mark', '\ufeffa 1\n', 'line 1, column 1: The body starts with a byte order mark (U+FEFF). Send it without.'],
    [
      'with half a character in a name',
      'a\ud800 1\n',
      'line 1, column 2: "\\ud800" is half a character: it has no UTF-8 form. Write the whole character, or U+FFFD.',
    ],
    [
      'with half a character in a value',
      'a{b="😀\ud83d"} 1\n',
      'line 1, column 7: "\\ud83d" is half a character: it has no UTF-8 form. Write the whole character, or U+FFFD.',
    ],
    [
      'with CRLF',
      'a 1\r\n',
      'line 1, column 3: "1\\r" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN. Lines end with \\n alone, not with \\r\\n.',
    ],
    [
      'with CRLF behind a timestamp',
      'a 1 5\r\n',
      'line 1, column 5: "5\\r" is not a timestamp. Write whole milliseconds since the Unix epoch, in digits alone, or nothing. Lines end with \\n alone, not with \\r\\n.',
    ],
    [
      'that counts columns in characters',
      'a{b="😀"} 😀\n',
      'line 1, column 10: "😀" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a name', () => {
  test.each([
    [
      'with a digit first',
      '1a 1\n',
      'line 1, column 1: "1a 1" stands where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    [
      'outside the alphabet',
      'é 1\n',
      'line 1, column 1: "é 1" stands where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    ['with a dash', 'a-b 1\n', 'line 1, column 2: "-b" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    [
      'that goes on outside the alphabet',
      'a 1\naé 1\n',
      'line 2, column 2: "é" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.',
    ],
    [
      'in quotes behind the labels',
      '{l="v","my.metric"} 1\n',
      'line 1, column 19: "} 1" stands after "my.metric" where "=" should. Write labels like code="200".',
    ],
    [
      'missing from the braces',
      '{l="v"} 1\n',
      'line 1, column 1: "{l=\\"v\\"} 1" stands where a metric name should, and it is not the first thing in the braces. Write it like {"my.metric",label="value"}.',
    ],
    [
      'missing with all else',
      '{} 1\n',
      'line 1, column 1: "{} 1" stands where a metric name should, and it is not the first thing in the braces. Write it like {"my.metric",label="value"}.',
    ],
    ['twice', 'a{"b"} 1\n', 'line 1, column 6: "} 1" stands after "b" where "=" should. Write labels like code="200".'],
    ['that is empty', '{""} 1\n', 'line 1, column 2: "" is an empty name. Write at least one character between the quotes.'],
    [
      'without its closing quote',
      '{"a} 1\n',
      'line 1, column 2: "\\"a} 1" is a name without a closing quote on its line. Close it, and write a line feed in it as \\n.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses labels', () => {
  test.each([
    [
      'without a closing quote',
      'a{b="c} 1\n',
      'line 1, column 5: "\\"c} 1" is a label value without a closing quote on its line. Close it, and write a line feed in it as \\n.',
    ],
    [
      'that end with a backslash',
      'a{b="c\\\n',
      'line 1, column 5: "\\"c\\\\" is a label value without a closing quote on its line. Close it, and write a line feed in it as \\n.',
    ],
    [
      'with an unknown escape',
      'a{b="\\t"} 1\n',
      'line 1, column 6: "\\\\t" is no escape: there are \\\\, \\" and \\n. Write a backslash itself as \\\\.',
    ],
    [
      'with a raw line feed',
      'a{b="c\n"} 1\n',
      'line 1, column 5: "\\"c" is a label value without a closing quote on its line. Close it, and write a line feed in it as \\n.',
    ],
    ['without quotes', 'a{b=c} 1\n', 'line 1, column 5: "c} 1" stands where the value of "b" should. Write it in double quotes.'],
    ['without a value', 'a{b} 1\n', 'line 1, column 4: "} 1" stands after "b" where "=" should. Write labels like code="200".'],
    [
      'with a colon in the name',
      'a{b:c="d"} 1\n',
      'line 1, column 4: ":c=\\"d\\"} 1" stands after "b" where "=" should. Write labels like code="200".',
    ],
    [
      'with a digit first in the name',
      'a{9="c"} 1\n',
      'line 1, column 3: "9=\\"c\\"} 1" stands where a label name should: letters, digits and "_", no digit first. Write it like code="200".',
    ],
    ['with an empty name', 'a{""="v"} 1\n', 'line 1, column 3: "" is an empty name. Write at least one character between the quotes.'],
    [
      'of one comma',
      'a{,} 1\n',
      'line 1, column 3: ",} 1" stands where a label name should: letters, digits and "_", no digit first. Write it like code="200".',
    ],
    [
      'with two commas',
      'a{b="c",,} 1\n',
      'line 1, column 9: ",} 1" stands where a label name should: letters, digits and "_", no digit first. Write it like code="200".',
    ],
    ['with another separator', 'a{b="c";d="e"} 1\n', 'line 1, column 8: ";d=\\"e\\"} 1" stands after a label where "," or "}" should.'],
    ['without a closing brace', 'a{b="c"\n', 'line 1, column 8: The line ends after a label where "," or "}" should.'],
    ['with one name twice', 'a{b="c",b="d"} 1\n', 'line 1, column 9: "b" is a label that this series already has. Write it once.'],
    [
      'with one name twice, once in quotes',
      'a{b="c","b"="d"} 1\n',
      'line 1, column 9: "b" is a label that this series already has. Write it once.',
    ],
    [
      'that name the metric',
      'a{__name__="c"} 1\n',
      'line 1, column 3: "__name__" is the label of the metric name itself. Write the name before the braces.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a value', () => {
  test.each([
    ['missing', 'a\n', 'line 1, column 2: The line ends where the value of the sample should stand. Write it there.'],
    ['missing behind a blank', 'a \n', 'line 1, column 3: The line ends where the value of the sample should stand. Write it there.'],
    [
      'missing behind labels',
      'a{b="c"} \n',
      'line 1, column 10: The line ends where the value of the sample should stand. Write it there.',
    ],
    ['that is a word', 'a x\n', 'line 1, column 3: "x" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    [
      'with an underscore',
      'a 1_000\n',
      'line 1, column 3: "1_000" is not a number: Prometheus takes no "_" between digits. Write it like 1000.',
    ],
    [
      'in hexadecimal',
      'a 0x1p-2\n',
      'line 1, column 3: "0x1p-2" is not a number: Prometheus takes no hexadecimal. Write it in decimal, like 0.25.',
    ],
    [
      'beyond a double',
      'a 1e999\n',
      'line 1, column 3: "1e999" is beyond the largest double. Write +Inf or -Inf, or at most 1.7976931348623157e+308.',
    ],
    ['with a sign before NaN', 'a +nan\n', 'line 1, column 3: "+nan" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    ['of a point', 'a .\n', 'line 1, column 3: "." is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    ['with an empty exponent', 'a 1e+\n', 'line 1, column 3: "1e+" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    ['with something behind it', 'a 1.5x\n', 'line 1, column 3: "1.5x" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    ['of two signs', 'a --1\n', 'line 1, column 3: "--1" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.'],
    [
      'too long to show',
      'a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n',
      'line 1, column 3: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.',
    ],
    [
      'too long to show, in wide characters',
      'a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx😀😀\n',
      'line 1, column 3: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a timestamp', () => {
  test.each([
    [
      'below zero',
      'a 1 -5\n',
      'line 1, column 5: "-5" is a negative timestamp, and the lexer of Prometheus takes digits alone. Leave it out.',
    ],
    [
      'with a sign',
      'a 1 +5\n',
      'line 1, column 5: "+5" is not a timestamp. Write whole milliseconds since the Unix epoch, in digits alone, or nothing.',
    ],
    [
      'with a fraction',
      'a 1 5.5\n',
      'line 1, column 5: "5.5" is not a timestamp. Write whole milliseconds since the Unix epoch, in digits alone, or nothing.',
    ],
    [
      'beyond 64 bits by one',
      'a 1 9223372036854775808\n',
      'line 1, column 5: "9223372036854775808" is a timestamp beyond 64 bits. Write milliseconds since the Unix epoch.',
    ],
    [
      'beyond 64 bits by far',
      'a 1 99999999999999999999999\n',
      'line 1, column 5: "99999999999999999999999" is a timestamp beyond 64 bits. Write milliseconds since the Unix epoch.',
    ],
    ['with something behind it', 'a 1 5 6\n', 'line 1, column 7: "6" stands after the timestamp, where the line should end. Remove it.'],
    [
      'in place of which is an exemplar',
      'a 1 # {} 1\n',
      'line 1, column 5: "#" stands after the value, where a timestamp or the end of the line should. Remove the exemplar: only OpenMetrics has them.',
    ],
    [
      'with an exemplar behind it',
      'a 1 5 # {} 1\n',
      'line 1, column 7: "# {} 1" stands after the timestamp, where the line should end. Remove the exemplar: only OpenMetrics has them.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a comment', () => {
  test.each([
    [
      'HELP without a name',
      '# HELP\n',
      'line 1, column 7: The line ends where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    [
      'HELP of something that is no name',
      '# HELP 9 x\n',
      'line 1, column 8: "9 x" stands where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.',
    ],
    [
      'HELP with a name that goes on',
      '# HELP a-b c\n',
      'line 1, column 9: "-b c" stands directly behind the name "a". Write a blank there, or a name of letters, digits, "_" and ":".',
    ],
    [
      'HELP with text at the quote',
      '# HELP "a"x\n',
      'line 1, column 11: "x" stands directly behind the name "a". Write a blank there, or a name of letters, digits, "_" and ":".',
    ],
    [
      'HELP with an escaped quote',
      '# HELP a \\"\n',
      'line 1, column 10: "\\\\\\"" is no escape: there are \\\\ and \\n. Write a backslash itself as \\\\.',
    ],
    [
      'HELP with a backslash at its end',
      '# HELP a x\\\n',
      'line 1, column 11: "\\\\" is no escape: there are \\\\ and \\n. Write a backslash itself as \\\\.',
    ],
    ['HELP twice', '# HELP a 1\n# HELP a 2\n', 'line 2, column 1: "a" has a HELP already. Remove one of the two.'],
    ['HELP twice, once empty', '# HELP a\n# HELP a 2\n', 'line 2, column 1: "a" has a HELP already. Remove one of the two.'],
    ['HELP behind a sample', 'a 1\n# HELP a b\n', 'line 2, column 1: "a" has samples already, from line 1 on. Write its HELP before them.'],
    [
      'TYPE behind a sample',
      'a 1\n# TYPE a gauge\n',
      'line 2, column 1: "a" has samples already, from line 1 on. Write its TYPE before them.',
    ],
    ['TYPE twice', '# TYPE a gauge\n# TYPE a gauge\n', 'line 2, column 1: "a" has a TYPE already. Remove one of the two.'],
    [
      'TYPE without a type',
      '# TYPE a\n',
      'line 1, column 9: "" is not a type of the text formats. Write counter, gauge, histogram, summary or untyped, and end the line there.',
    ],
    [
      'TYPE with a blank behind it',
      '# TYPE a gauge \n',
      'line 1, column 10: "gauge " is not a type of the text formats. Write counter, gauge, histogram, summary or untyped, and end the line there.',
    ],
    [
      'TYPE in capitals',
      '# TYPE a GAUGE\n',
      'line 1, column 10: "GAUGE" is not a type of the text formats. Write counter, gauge, histogram, summary or untyped, and end the line there.',
    ],
    ['TYPE unknown', '# TYPE a unknown\n', 'line 1, column 10: "unknown" is not a type of the text formats. Write untyped.'],
    ['TYPE info', '# TYPE a info\n', 'line 1, column 10: "info" is not a type of the text formats. Write gauge, and a name in _info.'],
    ['TYPE stateset', '# TYPE a stateset\n', 'line 1, column 10: "stateset" is not a type of the text formats. Write gauge.'],
    [
      'TYPE gaugehistogram',
      '# TYPE a gaugehistogram\n',
      'line 1, column 10: "gaugehistogram" is not a type of the text formats. Write histogram.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses families', () => {
  test.each([
    [
      'in two pieces',
      'a 1\nb 1\na{c="d"} 1\n',
      'line 3, column 1: "a" is already a name of the untyped "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'whose heads are in two pieces',
      '# HELP a x\n# HELP b x\n# TYPE a gauge\n',
      'line 3, column 1: "a" is already a name of the untyped "a", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'whose sample comes behind another family',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\ng 1\nh_sum 1\n',
      'line 4, column 1: "h_sum" is already a name of the histogram "h", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
    [
      'of which one could have a sample of another',
      'h_count 1\n# TYPE h histogram\n',
      'line 2, column 1: "h" is a histogram and can have a sample "h_count", a name of the untyped "h_count", which starts on line 1. Rename one of the two.',
    ],
    [
      'of which one is called like a sample of another',
      '# TYPE h histogram\n# TYPE h_sum gauge\n',
      'line 2, column 1: "h_sum" is already a name of the histogram "h", which starts on line 1 and ended before this line. Write all its lines together, or rename one of the two.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a series', () => {
  test.each([
    [
      'twice',
      'a 1\na 2\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, at two times',
      'a 1 1\na 2 2\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, in another order of labels',
      'a{b="c",d="e"} 1\na{d="e",b="c"} 1\n',
      'line 2, column 1: "a{d=\\"e\\",b=\\"c\\"}" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, once with an empty label',
      'a{b=""} 1\na 1\n',
      'line 2, column 1: "a" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, once with blanks',
      'a{b="c"} 1\na{ b="c" } 1\n',
      'line 2, column 1: "a{ b=\\"c\\" }" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, once with blanks that an escape makes up for',
      'a{b="\\n"} 1\na{b= "\\n"} 1\n',
      'line 2, column 1: "a{b= \\"\\\\n\\"}" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, once with its label in quotes',
      'a{b="c"} 1\na{"b"="c"} 1\n',
      'line 2, column 1: "a{\\"b\\"=\\"c\\"}" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
    [
      'twice, with quotes in its value',
      'a{x="\\"",b="1"} 1\na{b="1",x="\\""} 1\n',
      'line 2, column 1: "a{b=\\"1\\",x=\\"\\\\\\"\\"}" is a second sample of its series, which starts on line 1. Remove one, or give it another label.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a histogram', () => {
  test.each([
    [
      'with a sample of its own name',
      '# TYPE h histogram\nh 1\n',
      'line 2, column 1: "h" is no sample of the histogram of that name, whose samples are "h_bucket", "h_sum" and "h_count". Rename it, or correct the TYPE.',
    ],
    [
      'with a sample of its own name, after others',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh 1\n',
      'line 3, column 1: "h" is no sample of the histogram of that name, whose samples are "h_bucket", "h_sum" and "h_count". Rename it, or correct the TYPE.',
    ],
    [
      'with a bucket without a bound',
      '# TYPE h histogram\nh_bucket 1\n',
      'line 2, column 1: "h_bucket" has no label "le", by which samples of a histogram are told apart. Write it.',
    ],
    [
      'with an empty bound',
      '# TYPE h histogram\nh_bucket{le=""} 1\n',
      'line 2, column 1: "h_bucket{le=\\"\\"}" has no label "le", by which samples of a histogram are told apart. Write it.',
    ],
    [
      'with a word for a bound',
      '# TYPE h histogram\nh_bucket{le="x"} 1\n',
      'line 2, column 1: "h_bucket{le=\\"x\\"}" has the le "x", which is not a number. Write it like 0.5 or +Inf.',
    ],
    [
      'with NaN for a bound',
      '# TYPE h histogram\nh_bucket{le="NaN"} 1\n',
      'line 2, column 1: "h_bucket{le=\\"NaN\\"}" has the le "NaN", which is not a number. Write it like 0.5 or +Inf.',
    ],
    [
      'without a last bucket',
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="2"} 1\n',
      'line 3, column 1: "h_bucket" has no bucket le="+Inf" here: the last one counts all events. Write it after the others.',
    ],
    [
      'without buckets',
      '# TYPE h histogram\nh_sum 1\n',
      'line 2, column 1: "h_bucket" has no bucket le="+Inf" here: the last one counts all events. Write it after the others.',
    ],
    [
      'with bounds that fall',
      '# TYPE h histogram\nh_bucket{le="2"} 1\nh_bucket{le="1"} 1\n',
      'line 3, column 1: "h_bucket{le=\\"1\\"}" has the bound "1" after 2.0: bounds ascend, and none is there twice. Write the buckets in that order.',
    ],
    [
      'with one bound in two spellings',
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\n',
      'line 3, column 1: "h_bucket{le=\\"1.0\\"}" has the bound "1.0" after 1.0: bounds ascend, and none is there twice. Write the buckets in that order.',
    ],
    [
      'with counts that fall',
      '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n',
      'line 3, column 21: "h_bucket{le=\\"+Inf\\"}" is 1 after 2: each bucket counts all of those before it as well. Write a cumulative count.',
    ],
    [
      'with NaN for a count',
      '# TYPE h histogram\nh_bucket{le="+Inf"} NaN\n',
      'line 2, column 21: "h_bucket{le=\\"+Inf\\"}" is NaN after 0: each bucket counts all of those before it as well. Write a cumulative count.',
    ],
    [
      'with a count below zero',
      '# TYPE h histogram\nh_bucket{le="+Inf"} -1\n',
      'line 2, column 21: "h_bucket{le=\\"+Inf\\"}" is -1 after 0: each bucket counts all of those before it as well. Write a cumulative count.',
    ],
    [
      'whose count is not its last bucket',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 2\n',
      'line 3, column 9: The count of "h" is 2 and its bucket le="+Inf" 1. Write the same in both.',
    ],
    [
      'with a bound on its count',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count{le="1"} 1\n',
      'line 3, column 1: "h_count{le=\\"1\\"}" has the label "le", which marks other samples of a histogram. Remove it.',
    ],
    [
      'with two counts',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\nh_count 1\n',
      'line 4, column 1: "h_count" is a second sample of its series, which starts on line 2. Remove one, or give it another label.',
    ],
    [
      'of which one label set lacks its last bucket',
      '# TYPE h histogram\nh_bucket{a="1",le="1"} 0\nh_bucket{a="2",le="+Inf"} 0\n',
      'line 2, column 1: "h_bucket" has no bucket le="+Inf" here: the last one counts all events. Write it after the others.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})

describe('refuses a summary', () => {
  test.each([
    [
      'with a quantile above one',
      '# TYPE s summary\ns{quantile="2"} 1\n',
      'line 2, column 1: "s{quantile=\\"2\\"}" has the quantile "2", which is not from 0 to 1. Write it like 0.99.',
    ],
    [
      'with a quantile below zero',
      '# TYPE s summary\ns{quantile="-0.1"} 1\n',
      'line 2, column 1: "s{quantile=\\"-0.1\\"}" has the quantile "-0.1", which is not from 0 to 1. Write it like 0.99.',
    ],
    [
      'with a quantile that is no number',
      '# TYPE s summary\ns{quantile="p99"} 1\n',
      'line 2, column 1: "s{quantile=\\"p99\\"}" has the quantile "p99", which is not a number. Write it like 0.5 or +Inf.',
    ],
    [
      'without a quantile',
      '# TYPE s summary\ns 1\n',
      'line 2, column 1: "s" has no label "quantile", by which samples of a summary are told apart. Write it.',
    ],
    [
      'with quantiles that fall',
      '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.1"} 1\n',
      'line 3, column 1: "s{quantile=\\"0.1\\"}" has the quantile "0.1" after 0.5: quantiles ascend, and none is there twice. Write them in that order.',
    ],
    [
      'with one quantile twice',
      '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.5"} 1\n',
      'line 3, column 1: "s{quantile=\\"0.5\\"}" has the quantile "0.5" after 0.5: quantiles ascend, and none is there twice. Write them in that order.',
    ],
    [
      'with a quantile on its sum',
      '# TYPE s summary\ns_sum{quantile="1"} 1\n',
      'line 2, column 1: "s_sum{quantile=\\"1\\"}" has the label "quantile", which marks other samples of a summary. Remove it.',
    ],
  ])('%s', (_, body, message) => {
    expect(refusal(parseText, body)).toBe(message)
  })
})
