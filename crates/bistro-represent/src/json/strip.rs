//! JSON without its null members, at any depth, as PostgreSQL's `json_strip_nulls` leaves it.

/// What surrounds the place being read.
enum Frame {
    /// Elements; a null among them stays.
    Array,
    /// Members.
    Object {
        /// Whether a member has been kept, so that the next needs a comma.
        has_members: bool,
        /// Whether a member's name comes next.
        expects_name: bool,
    },
}

/// Copies valid JSON without insignificant whitespace and without members that are null.
///
/// Uses no recursion: how deep a document nests is up to whoever wrote it.
pub(super) fn strip_nulls(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    let mut frames: Vec<Frame> = Vec::new();
    while let Some((&first, after)) = rest.split_first() {
        match first {
            b' ' | b'\t' | b'\n' | b'\r' => rest = after,
            b'[' => {
                frames.push(Frame::Array);
                out.push(first);
                rest = after;
            }
            b'{' => {
                frames.push(Frame::Object {
                    has_members: false,
                    expects_name: true,
                });
                out.push(first);
                rest = after;
            }
            b']' | b'}' => {
                frames.pop();
                out.push(first);
                rest = after;
            }
            b',' => {
                match frames.last_mut() {
                    Some(Frame::Object { expects_name, .. }) => *expects_name = true,
                    Some(Frame::Array) | None => out.push(first),
                }
                rest = after;
            }
            _ => rest = token(rest, &mut frames, out),
        }
    }
}

/// Copies a string, number or word, or a member's name; gives what follows it. A name whose value is null is dropped with it.
fn token<'a>(rest: &'a [u8], frames: &mut [Frame], out: &mut Vec<u8>) -> &'a [u8] {
    let (token, after) = rest.split_at(token_length(rest));
    match frames.last_mut() {
        Some(Frame::Object {
            has_members,
            expects_name,
        }) if *expects_name => {
            let after = after.trim_ascii_start();
            let value = after.strip_prefix(b":").unwrap_or(after).trim_ascii_start();
            *expects_name = false;
            if let Some(after_null) = value.strip_prefix(b"null") {
                return after_null;
            }
            if std::mem::replace(has_members, true) {
                out.push(b',');
            }
            out.extend_from_slice(token);
            out.push(b':');
            value
        }
        Some(Frame::Object { .. } | Frame::Array) | None => {
            out.extend_from_slice(token);
            after
        }
    }
}

/// The length of the string, number or word at the start; never 0, so that reading goes on whatever is there.
fn token_length(rest: &[u8]) -> usize {
    if !rest.starts_with(b"\"") {
        let end = rest.iter().position(|octet| b",]} \t\n\r".contains(octet));
        return end.unwrap_or(rest.len()).max(1);
    }
    let mut is_escaped = false;
    for (at, &octet) in rest.iter().enumerate().skip(1) {
        match octet {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
