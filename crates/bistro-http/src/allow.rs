//! The `Allow` field: which methods a resource has (RFC 9110 §10.2.1).

use crate::method::Method;

/// The value of `Allow`: the methods in the order of [`Method::ALL`], each once. Empty if the resource has none.
pub fn allow(methods: &[Method]) -> String {
    let names: Vec<_> = Method::ALL
        .into_iter()
        .filter(|method| methods.contains(method))
        .map(Method::name)
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::allow;
    use crate::method::Method;

    #[test]
    fn methods_are_listed_once_and_in_order() {
        let check = |methods: &[Method], expected: &str| assert_eq!(allow(methods), expected);
        check(&[], "");
        check(&[Method::Get], "GET");
        check(
            &[Method::Options, Method::Head, Method::Get, Method::Get],
            "GET, HEAD, OPTIONS",
        );
        check(
            &Method::ALL,
            "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT",
        );
    }
}
