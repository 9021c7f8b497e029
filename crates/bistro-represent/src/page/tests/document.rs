//! A reader of the small HTML that pages are made of: strict, so that whatever escapes into markup is found.

/// An element's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The text inside it, that of elements in it included.
    pub(super) text: String,
}

/// Elements a page may have; those without an end are in [`VOID`].
const NAMES: [&str; 38] = [
    "html", "head", "meta", "title", "link", "body", "main", "a", "header", "nav", "ol", "ul",
    "li", "span", "h1", "h2", "p", "code", "pre", "div", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "details", "summary", "dl", "dt", "dd", "form", "label", "input", "button",
    "section", "strong",
];

const VOID: [&str; 3] = ["meta", "link", "input"];

/// Attributes a page may have: none of them runs anything.
const ATTRIBUTES: [&str; 27] = [
    "lang",
    "charset",
    "name",
    "content",
    "rel",
    "href",
    "type",
    "title",
    "class",
    "id",
    "aria-label",
    "aria-current",
    "aria-hidden",
    "aria-sort",
    "tabindex",
    "role",
    "scope",
    "method",
    "action",
    "for",
    "value",
    "required",
    "autocomplete",
    "spellcheck",
    "autocapitalize",
    "placeholder",
    "minlength",
];

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a page, and fails on anything a page should not have: unknown elements or attributes, elements that do not end, addresses
/// that lead elsewhere.
pub(super) fn read(page: &str) -> Vec<Element> {
    let mut rest = page
        .strip_prefix("<!DOCTYPE html>")
        .expect("a page says what it is");
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while let Some((text, tag)) = rest.split_once('<') {
        add_text(text, &open, &mut elements);
        let (tag, after) = tag_end(tag);
        rest = after;
        match tag.strip_prefix('/') {
            Some(name) => {
                let start = open.pop().expect("an element ends that began");
                assert_eq!(elements[start].name, name, "elements are nested");
            }
            None => {
                let element = element(tag);
                if !VOID.contains(&element.name.as_str()) {
                    open.push(elements.len());
                }
                elements.push(element);
            }
        }
    }
    assert_eq!(rest, "\n", "nothing comes after the page");
    assert!(open.is_empty(), "every element ends");
    elements
}

fn add_text(text: &str, open: &[usize], elements: &mut [Element]) {
    assert!(!text.contains('>'), "text is escaped: {text}");
    let text = unescaped(text);
    for at in open {
        elements[*at].text.push_str(&text);
    }
}

/// Splits after the `>` that ends a tag, which may not be in quotes.
fn tag_end(tag: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return (&tag[..at], &tag[at + 1..]),
            _ => {}
        }
    }
    panic!("a tag ends: {tag}")
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(
        !name.is_empty() && NAMES.contains(&name),
        "an element pages may have: {tag}"
    );
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (name, value, after) = match rest.split_once("=\"") {
            Some((name, after)) if !name.contains(' ') => {
                let (value, after) = after.split_once('"').expect("a value ends");
                (name, unescaped(value), after)
            }
            _ => {
                let (name, after) = rest.split_once(' ').unwrap_or((rest, ""));
                (name, String::new(), after)
            }
        };
        assert!(
            !name.is_empty() && ATTRIBUTES.contains(&name),
            "an attribute pages may have: {name} in {tag}"
        );
        if matches!(name, "href" | "action") {
            assert!(is_ours(&value), "an address of ours: {value}");
        }
        attributes.push((name.to_owned(), value));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Element {
        name: name.to_owned(),
        attributes,
        text: String::new(),
    }
}

fn is_ours(address: &str) -> bool {
    let is_path =
        address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\");
    is_path
        || address.starts_with('?')
        || address == "#content"
        || address.starts_with("http://localhost/")
        || address.starts_with("data:image/svg+xml,")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
