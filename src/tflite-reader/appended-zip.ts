/**
 * A ZIP archive behind the FlatBuffer: how files with metadata carry label lists and vocabularies
 * (`tensorflow_lite_support/metadata/python/metadata.py`). The same file is then valid as both.
 * Source of the layout: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.7 (local header), 4.3.12 (central directory),
 * 4.3.16 (its end).
 */
export interface AppendedZip {
  /** Where the archive begins in the file. */
  readonly start: number;
  /** The files in it. */
  readonly entries: readonly ZipEntry[];
  /** Position of the end of the central directory, the archive's last structure. */
  readonly end: number;
  /** Offsets count from the beginning of the file, not of the archive: as Python's `zipfile` writes them. */
  readonly absolute: boolean;
}

/** One file of the archive. */
export interface ZipEntry {
  /** As it is stored. */
  readonly name: string;
  /** Its size, unpacked. */
  readonly bytes: number;
  /** Position of its row in the central directory. */
  readonly row: number;
}

/** Of a row of the central directory: the offset of the local header, and the row's size without its texts. */
export const ROW_OFFSET = 42;
/** Of the directory's end: the offset of its beginning. */
export const END_OFFSET = 16;

const ROW_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_SIGNATURE = 0x06054b50;
const ROW_BYTES = 46;
const END_BYTES = 22;
/** The comment behind the directory's end has a 16-bit length. */
const LONGEST_COMMENT = 0xffff;

/** The archive at the end of a file; null where there is none, or none that can be followed (ZIP64, corrupt). */
export function findAppendedZip(bytes: Uint8Array): AppendedZip | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - END_BYTES;
  for (let end = last; end >= Math.max(0, last - LONGEST_COMMENT); end--) {
    if (view.getUint32(end, true) !== END_SIGNATURE) continue;
    if (end + END_BYTES + view.getUint16(end + 20, true) !== bytes.length) continue;
    const zip = readDirectory(view, end);
    if (zip !== null) return zip;
  }
  return null;
}

function readDirectory(view: DataView, end: number): AppendedZip | null {
  const count = view.getUint16(end + 10, true);
  const directory = end - view.getUint32(end + 12, true);
  if (directory < 0) return null;
  const base = directory - view.getUint32(end + END_OFFSET, true);
  const entries: ZipEntry[] = [];
  let start = directory;
  let row = directory;
  for (let index = 0; index < count; index++) {
    if (row + ROW_BYTES > end || view.getUint32(row, true) !== ROW_SIGNATURE) return null;
    const header = base + view.getUint32(row + ROW_OFFSET, true);
    if (header < 0 || header + 4 > directory || view.getUint32(header, true) !== LOCAL_SIGNATURE) return null;
    const length = view.getUint16(row + 28, true);
    const name = new TextDecoder().decode(
      new Uint8Array(view.buffer, view.byteOffset + row + ROW_BYTES, Math.min(length, end - row - ROW_BYTES)),
    );
    entries.push({ name, bytes: view.getUint32(row + 24, true), row });
    start = Math.min(start, header);
    row += ROW_BYTES + length + view.getUint16(row + 30, true) + view.getUint16(row + 32, true);
  }
  return row === end ? { start, entries, end, absolute: base === 0 } : null;
}
