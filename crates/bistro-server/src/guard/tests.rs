//! What is no target for a tunnel.

use hyper::Uri;

use super::is_tunnel_target;

#[test]
fn a_tunnel_leads_to_a_host_and_a_port() {
    let check = |target: &'static str, expected: bool| {
        let target = Uri::from_static(target);
        assert_eq!(is_tunnel_target(&target), expected, "{target}");
    };
    check("example.com:443", true);
    check("127.0.0.1:1", true);
    check("[::1]:65535", true);
    check("example.com", false);
    check("example.com:0", false);
    check("me@example.com:443", false);
    check("http://example.com:443/", false);
    check("/", false);
    check("*", false);
}
