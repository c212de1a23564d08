//! A plan as HTML for notebooks: boxes, the sources first; no script, one scoped style.

use super::{LONGEST_LINE, PlanStep, figures};
use crate::escape::{clipped_line, escape_html};

/// How deep joins of joins are drawn: browsers flatten what is nested deeper.
const DEEPEST: usize = 60;

const STYLE: &str = include_str!("plan.css");

impl PlanStep {
    /// The plan as an HTML fragment: no script, one scoped style; everything from data is escaped.
    pub fn html(&self) -> String {
        let mut html = String::from("<div class=\"fram-plan tex2jax_ignore mathjax_ignore\"><style>");
        html.extend(STYLE.lines());
        html.push_str("</style>\n");
        self.push_html(&mut html, self.most_busy(), 0);
        html.push_str("</div>\n");
        html
    }

    fn most_busy(&self) -> f64 {
        let own = self.measured.map_or(0.0, |(_, busy)| busy);
        self.inputs.iter().map(Self::most_busy).fold(own, f64::max)
    }

    fn push_html(&self, html: &mut String, most_busy: f64, depth: usize) {
        let chain = self.chain();
        html.push_str("<div class=c>");
        let inputs = chain.last().map_or(&[][..], |step| step.inputs.as_slice());
        if !inputs.is_empty() {
            html.push_str("<div class=i>");
            for input in inputs {
                if depth < DEEPEST {
                    input.push_html(html, most_busy, depth + 1);
                } else {
                    html.push_str("<div class=s>…</div>");
                }
            }
            html.push_str("</div>");
            push_arrow(html, inputs.len());
        }
        for (place, step) in chain.iter().rev().enumerate() {
            if place > 0 {
                push_arrow(html, 1);
            }
            step.push_box(html, most_busy);
        }
        html.push_str("</div>");
    }

    fn push_box(&self, html: &mut String, most_busy: f64) {
        html.push_str("<div class=s><b>");
        html.push_str(&escape_html(&clipped_line(&self.name, LONGEST_LINE)));
        html.push_str("</b>");
        if let Some((rows, busy)) = self.measured {
            html.push_str(&format!("<small>{}</small>", figures(rows, busy)));
            // How much of the busiest step's time it took.
            if most_busy > 0.0 {
                html.push_str(&format!("<meter max=1 value={:.3}></meter>", busy / most_busy));
            }
        }
        for line in self.lines() {
            html.push_str("<code>");
            html.push_str(&escape_html(&line));
            html.push_str("</code>");
        }
        html.push_str("</div>\n");
    }
}

fn push_arrow(html: &mut String, inputs: usize) {
    html.push_str(if inputs > 1 { "<div class=a>↘ ↙</div>" } else { "<div class=a>↓</div>" });
}
