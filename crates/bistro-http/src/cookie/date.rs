//! The date of an `Expires` attribute, which user agents read in nearly any order and spelling (§5.1.1).

/// Reads a date as seconds since 1970, which is negative before it, or `None` where there is no such moment.
///
/// A time (`8:04:19`), a day (one or two digits), a month (three letters and whatever follows) and a year (two to four
/// digits) are taken from the words of the text, each from the first word that could be one; everything else, a zone of
/// time too, is passed over. Two digits mean a year from 1970 to 2069. Years before 1601 are refused (§5.1.1).
pub fn read(text: &[u8]) -> Option<i64> {
    let mut time = None;
    let mut day = None;
    let mut month = None;
    let mut year = None;
    let words = text.split(|octet| is_delimiter(*octet));
    for word in words.filter(|word| !word.is_empty()) {
        // The order of these questions is part of the grammar: `12` is a day before it is a year.
        if time.is_none()
            && let Some(found) = time_of(word)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(word, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(word)
        {
            month = Some(found);
        } else if year.is_none() {
            year = number(word, 2, 4);
        }
    }
    let (hour, minute, second) = time?;
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let (day, month) = (day?, month?);
    let exists = (1..=days_in(month, year)).contains(&day)
        && year >= 1601
        && hour <= 23
        && minute <= 59
        && second <= 59;
    exists.then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// What stands between words: printable characters but letters, digits and `:`, and HTAB.
fn is_delimiter(octet: u8) -> bool {
    matches!(octet, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

/// The digits that a word begins with, if there are at least `least` and at most `most`.
fn number(word: &[u8], least: usize, most: usize) -> Option<i64> {
    let (digits, _) = digits(word);
    if !(least..=most).contains(&digits.len()) {
        return None;
    }
    let digits = digits.iter().map(|digit| i64::from(digit - b'0'));
    Some(digits.fold(0, |number, digit| number * 10 + digit))
}

/// A word as its digits at the beginning, and the rest.
fn digits(word: &[u8]) -> (&[u8], &[u8]) {
    let end = word.iter().position(|octet| !octet.is_ascii_digit());
    word.split_at_checked(end.unwrap_or(word.len()))
        .unwrap_or((word, &[]))
}

/// Hours, minutes and seconds, of one or two digits each. What follows the last digit does not count.
fn time_of(word: &[u8]) -> Option<(i64, i64, i64)> {
    let mut parts = word.splitn(3, |octet| *octet == b':');
    let mut whole = || parts.next().filter(|part| digits(part).1.is_empty());
    let (hour, minute) = (number(whole()?, 1, 2)?, number(whole()?, 1, 2)?);
    Some((hour, minute, number(parts.next()?, 1, 2)?))
}

/// The month, from 1, that a word begins with in any case of letters.
fn month_of(word: &[u8]) -> Option<i64> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let names = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    (1..)
        .zip(names)
        .find_map(|(month, name)| (start == name).then_some(month))
}

/// The length of a month.
fn days_in(month: i64, year: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970 in the Gregorian calendar, counted in years that begin with March: then the leap day comes last and
/// the lengths of months have a formula.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days_of_years = year * 365 + year / 4 - year / 100 + year / 400;
    let days_of_months = (month * 153 + 2) / 5;
    // 719,469 days passed from the first of March in the year 0 until the day before the first of January 1970.
    days_of_years + days_of_months + day - 719_469
}

#[cfg(test)]
mod tests;
