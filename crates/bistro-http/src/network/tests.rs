//! Tables of networks, of who is in them, and of what is none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Network, NetworkError};

fn address(text: &str) -> IpAddr {
    text.parse().expect(text)
}

#[test]
fn networks_are_written_in_one_way() {
    let table = [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.1/32", "192.0.2.1/32"),
        ("FD00:0::/8", "fd00::/8"),
        ("::/0", "::/0"),
        ("::1", "::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::/80", "::/80"),
    ];
    for (text, expected) in table {
        let read = Network::read(text).map(|network| network.to_string());
        assert_eq!(read.as_deref(), Ok(expected), "{text}");
        assert_eq!(Network::read(expected), Network::read(text), "{text}");
    }
}

#[test]
fn what_is_no_network_is_told_what_one_is() {
    let table = [
        (
            "",
            "`` does not begin with an IP address: write a network as `10.0.0.0/8` or `fd00::/8`",
        ),
        (
            "proxy",
            "`proxy` does not begin with an IP address: write a network as `10.0.0.0/8` or `fd00::/8`",
        ),
        (
            "10.0.0/8",
            "`10.0.0/8` does not begin with an IP address: write a network as `10.0.0.0/8` or `fd00::/8`",
        ),
        (
            "10.0.0.0/33",
            "`10.0.0.0/33` does not end with a number of bits from 0 to 32, as `/32`",
        ),
        (
            "10.0.0.0/",
            "`10.0.0.0/` does not end with a number of bits from 0 to 32, as `/32`",
        ),
        (
            "10.0.0.0/08",
            "`10.0.0.0/08` does not end with a number of bits from 0 to 32, as `/32`",
        ),
        (
            "10.0.0.0/+8",
            "`10.0.0.0/+8` does not end with a number of bits from 0 to 32, as `/32`",
        ),
        (
            "10.0.0.0/255.0.0.0",
            "`10.0.0.0/255.0.0.0` does not end with a number of bits from 0 to 32, as `/32`",
        ),
        (
            "::/129",
            "`::/129` does not end with a number of bits from 0 to 128, as `/128`",
        ),
        (
            "10.1.0.0/8",
            "`10.1.0.0/8` is an address in a network: write `10.0.0.0/8` for the network, or leave out `/8` for the address",
        ),
        (
            "::ffff:10.1.0.0/104",
            "`::ffff:10.1.0.0/104` is an address in a network: write `10.0.0.0/8` for the network, or leave out `/104` for the address",
        ),
    ];
    for (text, expected) in table {
        let error = Network::read(text).map_err(|error| error.to_string());
        assert_eq!(error, Err(expected.to_owned()));
    }
    assert!(matches!(
        Network::read("fe80::1%eth0"),
        Err(NetworkError::Address { .. })
    ));
}

#[test]
fn an_address_is_in_a_network_of_its_family_only() {
    let table = [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("10.0.0.0/8", "::10.1.2.3", false),
        ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("::/0", "203.0.113.9", false),
        ("::/0", "::ffff:203.0.113.9", false),
        ("2001:db8::/33", "2001:db8:7fff::", true),
        ("2001:db8::/33", "2001:db8:8000::", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
    ];
    for (network, one, expected) in table {
        let network = Network::read(network).expect(network);
        assert_eq!(network.contains(address(one)), expected, "{network} {one}");
    }
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).into()),
        any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_ipv6_mapped().into()),
    ]
}

proptest! {
    #[test]
    fn a_network_reads_as_it_is_written_and_holds_its_address(one in addresses(), bits in 0_u8..=128) {
        // The error names the network that an address is in.
        let read = Network::read(&format!("{one}/{bits}"));
        let (Ok(network) | Err(NetworkError::Host { network, .. })) = read else {
            return Ok(());
        };
        prop_assert_eq!(Network::read(&network.to_string()), Ok(network));
        let is_wide = one.to_canonical() != one && bits < 96;
        prop_assert!(is_wide || network.contains(one), "{} {}", network, one);
    }
}
