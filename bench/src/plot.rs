//! Curves as a picture: an SVG with a panel for each, both axes logarithmic.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::clock::float;
use crate::curve::Curve;

/// A panel, in pixels, and the room around its axes.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 260.0;
const MARGIN: f64 = 50.0;

/// A power of ten, shortly.
fn short(tick: f64) -> String {
    match tick {
        millions if millions >= 1e6 => format!("{}M", millions / 1e6),
        thousands if thousands >= 1e3 => format!("{}k", thousands / 1e3),
        _ => tick.to_string(),
    }
}

/// One axis: from which value to which.
#[derive(Clone, Copy, Debug)]
struct Axis {
    least: f64,
    most: f64,
}

impl Axis {
    /// From one power of ten to another that holds all values; at least one step.
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            least = least.min(value.log10().floor());
            most = most.max(value.log10().ceil());
        }
        Self {
            least,
            most: most.max(least + 1.0),
        }
    }

    /// Where a value stands: 0 at the start, 1 at the end.
    fn place(self, value: f64) -> f64 {
        (value.log10() - self.least) / (self.most - self.least)
    }

    /// The powers of ten on it.
    fn ticks(self) -> impl Iterator<Item = f64> {
        let mut exponent = self.least;
        std::iter::from_fn(move || {
            let tick = (exponent <= self.most).then(|| 10_f64.powf(exponent));
            exponent += 1.0;
            tick
        })
    }
}

/// Writes the picture among what is built, and tells where.
pub(crate) fn write(curves: &[Curve]) -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .parent()
        .and_then(Path::parent)
        .context("this program is not in a target folder")?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("growth.svg");
    fs::write(&file, svg(curves)?)?;
    Ok(file)
}

/// All curves, side by side.
fn svg(curves: &[Curve]) -> Result<String> {
    let count = float(u64::try_from(curves.len()).unwrap_or_default());
    let panels: Result<String> = curves
        .iter()
        .zip(0_u32..)
        .map(|(curve, number)| panel(curve, f64::from(number) * WIDTH))
        .collect();
    let panels = panels?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{panels}</svg>\n",
        count * WIDTH
    ))
}

fn panel(curve: &Curve, left: f64) -> Result<String> {
    let across = Axis::around(curve.points.iter().map(|(at, _)| float(*at)));
    let up = Axis::around(curve.points.iter().map(|(_, cost)| *cost));
    let x = |value: f64| left + MARGIN + across.place(value) * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - up.place(value) * (HEIGHT - 2.0 * MARGIN);
    let middle = left + WIDTH / 2.0;
    let mut svg = format!(
        "<text x=\"{middle}\" y=\"20\" text-anchor=\"middle\" font-size=\"13\">{}</text>\n\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n\
         <text x=\"{}\" y=\"40\" text-anchor=\"middle\">µs</text>\n",
        curve.what,
        HEIGHT - 10.0,
        curve.along,
        left + MARGIN / 2.0,
    );
    let (from, to) = (10_f64.powf(up.least), 10_f64.powf(up.most));
    for tick in across.ticks() {
        let (x, top, bottom) = (x(tick), y(to), y(from));
        writeln!(
            svg,
            "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 16.0,
            short(tick)
        )?;
    }
    let (from, to) = (10_f64.powf(across.least), 10_f64.powf(across.most));
    for tick in up.ticks() {
        let (y, start, end) = (y(tick), x(from), x(to));
        writeln!(
            svg,
            "<path d=\"M{start:.1} {y:.1}H{end:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            start - 6.0,
            y + 4.0,
            short(tick)
        )?;
    }
    let places = curve
        .points
        .iter()
        .map(|(at, cost)| (x(float(*at)), y(*cost)));
    let line: Vec<String> = places
        .clone()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#06c\" stroke-width=\"2\"/>",
        line.join(" ")
    )?;
    for (x, y) in places {
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#06c\"/>"
        )?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_stands_within_its_panel() {
        let curve = Curve {
            what: "what",
            along: "along",
            points: vec![(1, 5.0), (1_000, 700.0)],
        };
        let svg = svg(&[curve.clone(), curve]).unwrap();
        let centres: Vec<f64> = svg
            .split("cx=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        // 1 and 1,000 are powers of ten: the first and the last line of each panel.
        assert_eq!(centres, [50.0, 310.0, 410.0, 670.0]);
    }
}
