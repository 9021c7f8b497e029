//! Tests about the code itself: layers, modules, documents, licences. Each says what to do instead.
#![cfg_attr(
    test,
    expect(
        clippy::format_push_string,
        reason = "messages are put together from pieces, and nobody waits for them"
    )
)]

#[cfg(test)]
mod source;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod files;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod licences;
#[cfg(test)]
mod documents;
