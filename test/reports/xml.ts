/** An element of an XML document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of this element and those within. */
  readonly text: string;
}

const NAME = "[A-Za-z_][\\w.:-]*";
const CHARACTER = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const ENTITY = /&(?:amp|lt|gt|quot|apos|#39|#(\d+));/g;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#39;": "'",
};

/**
 * Reads XML without prolog, comments and CDATA, and is strict about the rest: tags that match, quoted attributes given
 * once, known entities, no bare `<` or `&`, no character that XML lacks, one root.
 */
export function parseXml(source: string): XmlElement {
  if (!CHARACTER.test(source)) throw new Error("a character that XML lacks");
  const token = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>|([^<]+)`, "gy");
  type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string };
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [root];
  const close = (): void => {
    const done = open.pop()!;
    open.at(-1)!.children.push(done);
    open.at(-1)!.text += done.text;
  };
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (match === null) throw new Error(`malformed at ${at}: ${source.slice(at, at + 40)}`);
    const [, ending, name = "", attributes = "", empty, text] = match;
    const top = open.at(-1)!;
    if (text !== undefined) {
      if (top === root) throw new Error(`text outside of the root: ${text}`);
      top.text += decode(text);
    } else if (ending) {
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      close();
    } else {
      open.push({ name, attributes: attributesOf(attributes), children: [], text: "" });
      if (empty) close();
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error("not one whole root");
  return root.children[0]!;
}

function attributesOf(source: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, value] of source.matchAll(new RegExp(`(${NAME})="([^"]*)"`, "g"))) {
    if (Object.hasOwn(found, name!)) throw new Error(`${name} twice`);
    found[name!] = decode(value!);
  }
  return found;
}

function decode(text: string): string {
  const bare = text.replace(ENTITY, "");
  if (bare.includes("&")) throw new Error(`a bare & in ${text}`);
  return text.replace(ENTITY, (entity) => ENTITIES[entity] ?? entity);
}

/** All elements of a kind, those within others too, in order. */
export function findAll(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...findAll(child, name),
  ]);
}
