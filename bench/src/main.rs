//! Load drivers: what they measure is in `README.md`.

fn main() {}
