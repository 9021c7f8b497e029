//! "Perhaps you meant …".

/// Longer names are not compared: the table below grows with the product of the lengths.
const LENGTH_MAX: usize = 64;

/// The candidate most like `name`, if one is close enough to be worth suggesting.
///
/// Close means few changed, missing, added or swapped letters, whatever their case: one in a name of up to four letters, two in
/// one of up to eight, three beyond. Of equally close candidates the first is taken.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name)?;
    let threshold = match wanted.len() {
        0 => return None,
        1..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, &folded(candidate)?), candidate)))
        .filter(|(distance, _)| *distance <= threshold)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn folded(name: &str) -> Option<Vec<char>> {
    let letters: Vec<char> = name.to_lowercase().chars().take(LENGTH_MAX + 1).collect();
    (letters.len() <= LENGTH_MAX).then_some(letters)
}

/// The optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbors.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, &from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, &to) in right.iter().enumerate() {
            let at = |cells: &[usize], position: usize| {
                cells.get(position).copied().unwrap_or(usize::MAX - 1)
            };
            let changed = at(&above, column) + usize::from(from != to);
            let removed = at(&above, column + 1) + 1;
            let added = at(&current, column) + 1;
            let mut best = changed.min(removed).min(added);
            if previous_left == Some(to) && previous_right == Some(from) {
                best = best.min(at(&before, column.saturating_sub(1)) + 1);
            }
            current.push(best);
            previous_right = Some(to);
        }
        before = std::mem::replace(&mut above, current);
        previous_left = Some(from);
    }
    above.last().copied().unwrap_or(left.len())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelled_name_finds_its_neighbor() {
        let tables = ["artists", "songs", "weather", "order_lines", "도시"];
        for (name, expected) in [
            ("song", Some("songs")),
            ("SONGS", Some("songs")),
            ("sogns", Some("songs")),
            ("wether", Some("weather")),
            ("orderlines", Some("order_lines")),
            ("도씨", Some("도시")),
            ("s", None),
            ("", None),
            ("customers", None),
        ] {
            assert_eq!(nearest(name, tables), expected, "{name}");
        }
    }

    #[test]
    fn a_very_long_name_is_not_compared() {
        let long = "a".repeat(10_000);
        assert_eq!(nearest(&long, ["a"]), None);
        assert_eq!(nearest("a", [long.as_str()]), None);
    }
}
