import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

/** Feeds the bytes to the reader in parts that end at `cuts`, through one buffer that is reused. */
function readIn(reader: ResponseReader, wire: Buffer, cuts: readonly number[] = []) {
  const buffer = Buffer.alloc(wire.length);
  const places = [...new Set(cuts.map((cut) => cut % wire.length))].toSorted((a, b) => a - b);
  let progress: ReturnType<ResponseReader['read']> = 'part';
  let from = 0;
  for (const to of [...places, wire.length]) {
    if (to === from) continue;
    if (progress !== 'part') return 'went on' as const;
    wire.copy(buffer.fill('#'), 0, from, to);
    progress = reader.read(buffer, to - from);
    from = to;
  }
  return progress;
}

function chunked(parts: readonly Buffer[], extension: string, trailer: string): Buffer {
  const chunks = parts
    .filter((part) => part.length > 0)
    .map((part) =>
      Buffer.concat([
        Buffer.from(`${part.length.toString(16)}${extension}\r\n`),
        part,
        Buffer.from('\r\n'),
      ]),
    );
  return Buffer.concat([...chunks, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

const cuts = fc.array(fc.nat());
const parts = fc.array(
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => Buffer.from(text)),
);

test('a body of known length is read the same, however it is cut', () => {
  fc.assert(
    fc.property(parts, cuts, (bodyParts, places) => {
      const body = Buffer.concat(bodyParts);
      const reader = new ResponseReader();
      const start = `HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length: ${body.length}\r\n\r\n`;
      expect(readIn(reader, Buffer.concat([Buffer.from(start), body]), places)).toBe('whole');
      expect(reader.head?.statusCode).toBe(201);
      expect(reader.text()).toBe(body.toString('utf8'));
    }),
  );
});

test('a chunked body is read the same, however it is cut', () => {
  fc.assert(
    fc.property(
      parts,
      cuts,
      fc.constantFrom('', ';a=b', ' ; "x"'),
      fc.constantFrom('', 'a: b\r\n', 'a: b\r\nc: d\r\n'),
      (bodyParts, places, extension, trailer) => {
        const reader = new ResponseReader();
        const start = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
        const wire = Buffer.concat([Buffer.from(start), chunked(bodyParts, extension, trailer)]);
        expect(readIn(reader, wire, places)).toBe('whole');
        expect(reader.text()).toBe(Buffer.concat(bodyParts).toString('utf8'));
      },
    ),
  );
});

test('a head whose lines end with LF or CRLF is read the same, however it is cut', () => {
  const lineEnd = fc.constantFrom('\n', '\r\n');
  const ends = fc.tuple(lineEnd, lineEnd, lineEnd, lineEnd, lineEnd, lineEnd);
  fc.assert(
    fc.property(ends, cuts, ([a, b, c, d, e, f], places) => {
      const reader = new ResponseReader();
      const wire = `HTTP/1.1 103 Hints${a}${b}HTTP/1.1 201 Made${c}x: y${d}content-length: 4${e}${f}a\n\nb`;
      expect(readIn(reader, Buffer.from(wire), places)).toBe('whole');
      expect(reader.head?.statusCode).toBe(201);
      expect(reader.text()).toBe('a\n\nb');
    }),
  );
});

test('blanks and empty lines before a response are passed over, however it is cut', () => {
  fc.assert(
    fc.property(fc.constantFrom('\r\n', '\n\n\r\n', ' \t'), cuts, (before, places) => {
      const reader = new ResponseReader();
      const wire = `${before}HTTP/1.1 103 Hints\r\n\r\n${before}http/1.1 201 Made\r\ncontent-length: 2\r\n\r\nok`;
      expect(readIn(reader, Buffer.from(wire), places)).toBe('whole');
      expect(reader.head?.statusCode).toBe(201);
      expect(reader.text()).toBe('ok');
    }),
  );
});

test.each([
  ['Content-Type: text/html; charset=iso-8859-1', 'größer'],
  ['content-type : text/html;a=b;CHARSET="Latin1"', 'größer'],
  ['content-type: text/html', 'gr\uFFFD\uFFFDer'],
  ['x-content-type: text/html; charset=latin1', 'gr\uFFFD\uFFFDer'],
])('the charset of %j is heeded', (line, text) => {
  const reader = new ResponseReader();
  const head = `HTTP/1.1 200 OK\r\n${line}\r\ncontent-length: 6\r\n\r\n`;
  readIn(reader, Buffer.from(`${head}größer`, 'latin1'));
  expect(reader.text()).toBe(text);
});

test('any bytes are a response, a part of one, or a protocol error', () => {
  const start = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\n');
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), cuts, (text, noise, places) => {
      const wire = Buffer.concat([Buffer.from(text), noise]);
      try {
        readIn(new ResponseReader(), wire, places);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

test('an unexpected upgrade is refused', () => {
  const wire = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n';
  expect(() => readIn(new ResponseReader(), Buffer.from(wire))).toThrow(ProtocolError);
});

const START = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

test.each([
  ['no digit', '\r\n'],
  ['no hexadecimal digit', 'g\r\n'],
  ['a sign', '+5\r\n'],
  ['a space before', ' 5\r\n'],
  ['too many digits', '000000005\r\n'],
  ['no CR', '5\n12345'],
  ['no LF', '5\r12345'],
  ['too long data', '2\r\n123\r\n'],
  ['no LF after the data', '2\r\n12\r0\r\n'],
  ['no LF at the end', '0\r\n\r!'],
])('a chunk with %s is refused', (_what, wire) => {
  expect(() => readIn(new ResponseReader(), Buffer.from(START + wire))).toThrow(ProtocolError);
});

describe('bounds', () => {
  test('a head of more than 64 KiB is refused', () => {
    const reader = new ResponseReader();
    const line = `x: ${'y'.repeat(1000)}\r\n`;
    expect(readIn(reader, Buffer.from(`HTTP/1.1 200 OK\r\n${line.repeat(63)}`))).toBe('part');
    expect(() => readIn(reader, Buffer.from(line.repeat(3)))).toThrow(ProtocolError);
  });

  test('a head of exactly 64 KiB is read, also with its body, and one byte more is refused', () => {
    const start = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx: ';
    const headOf = (bytes: number) => `${start}${'y'.repeat(bytes - start.length - 4)}\r\n\r\n`;
    expect(readIn(new ResponseReader(), Buffer.from(`${headOf(65_536)}ok`))).toBe('whole');
    expect(readIn(new ResponseReader(), Buffer.from(`${headOf(65_536)}ok`), [65_535])).toBe(
      'whole',
    );
    expect(() => readIn(new ResponseReader(), Buffer.from(headOf(65_537)))).toThrow(ProtocolError);
  });

  test('empty lines before a response count as part of the head', () => {
    const reader = new ResponseReader();
    expect(readIn(reader, Buffer.from('\r\n'.repeat(32_768)))).toBe('part');
    expect(reader.begun).toBe(false);
    expect(() => readIn(reader, Buffer.from('\r\n'))).toThrow(ProtocolError);
  });

  test('interim responses count as part of the head', () => {
    const reader = new ResponseReader();
    const interim = Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'.repeat(400));
    for (let i = 0; i < 6; i++) expect(readIn(reader, interim)).toBe('part');
    expect(() => readIn(reader, interim)).toThrow(ProtocolError);
  });

  test.each(['content-length: 999999', 'transfer-encoding: chunked', 'x: until the end'])(
    'a body (%s) is read up to 64 KiB, and 4 KiB of it kept',
    (header) => {
      const reader = new ResponseReader();
      const size = header.includes('chunked') ? 'ffffff\r\n' : '';
      readIn(reader, Buffer.from(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${size}`));
      const kilobyte = Buffer.from('z'.repeat(1024));
      for (let i = 0; i < 63; i++) expect(readIn(reader, kilobyte)).toBe('part');
      readIn(reader, kilobyte);
      expect(readIn(reader, kilobyte)).toBe('cut');
      expect(reader.text()).toBe('z'.repeat(4096));
    },
  );

  test('the framing of one-byte chunks counts too', () => {
    const reader = new ResponseReader();
    readIn(reader, Buffer.from(START));
    const chunk = Buffer.from(`1;${'x'.repeat(1020)}\r\nz\r\n`);
    for (let i = 0; i < 63; i++) expect(readIn(reader, chunk)).toBe('part');
    expect(readIn(reader, chunk)).toBe('cut');
  });

  test('bytes after a response are excess', () => {
    const wire = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP';
    const reader = new ResponseReader();
    expect(readIn(reader, Buffer.from(wire))).toBe('excess');
    expect(reader.text()).toBe('ok');
  });
});

test.each([
  ['HTTP/1.1 200 OK\r\n\r\nhalf', true],
  ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhalf', false],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf', false],
  ['HTTP/1.1 200 OK\r\n', false],
])('the end of the connection ends %j: %s', (wire, ends) => {
  const reader = new ResponseReader();
  expect(readIn(reader, Buffer.from(wire))).toBe('part');
  expect(reader.endsWithConnection()).toBe(ends);
});
