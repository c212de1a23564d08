//! A plan as a picture: boxes from the sources at the top to the result at the bottom, and as text with the result
//! first. What the steps are, and what was measured, is left to the engine.

mod html;

use crate::escape::clipped_line;
use crate::table::grouped;

/// Lines of a step's details that are shown, and characters of each.
const MOST_LINES: usize = 12;
const LONGEST_LINE: usize = 300;

/// One step of a plan, with those that feed it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanStep {
    /// What is done.
    pub name: String,
    /// How, line by line.
    pub detail: Vec<String>,
    /// Rows that came out of it and milliseconds that it was busy, where the plan was run.
    pub measured: Option<(u64, f64)>,
    /// The steps whose rows it takes, the left one first.
    pub inputs: Vec<PlanStep>,
}

impl PlanStep {
    /// The plan as text, the result first and what it is made of beneath.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.push_text(&mut text, "", "");
        text.truncate(text.trim_end().len());
        text
    }

    /// The steps from this one to the first that has several inputs, or none.
    fn chain(&self) -> Vec<&Self> {
        let mut chain = vec![self];
        while let Some([input]) = chain.last().map(|step| step.inputs.as_slice()) {
            chain.push(input);
        }
        chain
    }

    fn push_text(&self, text: &mut String, first: &str, rest: &str) {
        for (place, step) in self.chain().into_iter().enumerate() {
            text.push_str(if place == 0 { first } else { rest });
            text.push_str(&clipped_line(&step.name, LONGEST_LINE));
            if let Some((rows, busy)) = step.measured {
                text.push_str(&format!("  [{}]", figures(rows, busy)));
            }
            text.push('\n');
            for line in step.lines() {
                text.push_str(&format!("{rest}    {line}\n"));
            }
            for (place, input) in step.inputs.iter().enumerate().filter(|_| step.inputs.len() > 1) {
                let (sign, deeper) =
                    if place + 1 == step.inputs.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                input.push_text(text, &format!("{rest}{sign}"), &format!("{rest}{deeper}"));
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let shown = self.detail.iter().take(MOST_LINES).map(|line| clipped_line(line, LONGEST_LINE));
        let mut lines: Vec<String> = shown.collect();
        if self.detail.len() > MOST_LINES {
            lines.push(format!("… {} more lines", self.detail.len() - MOST_LINES));
        }
        lines
    }
}

/// Rows and time in words.
fn figures(rows: u64, milliseconds: f64) -> String {
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(rows)) };
    let time = match milliseconds {
        time if time >= 10_000.0 => format!("{:.0} s", time / 1_000.0),
        time if time >= 1_000.0 => format!("{:.1} s", time / 1_000.0),
        time if time >= 10.0 => format!("{time:.0} ms"),
        time => format!("{time:.1} ms"),
    };
    format!("{rows}, {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, detail: &[&str], inputs: Vec<PlanStep>) -> PlanStep {
        let detail = detail.iter().map(|line| (*line).to_owned()).collect();
        PlanStep { name: name.to_owned(), detail, measured: None, inputs }
    }

    #[test]
    fn chains_stand_below_each_other_and_branches_are_indented() {
        let join =
            step("join", &["on: a"], vec![step("scan", &["x.csv"], Vec::new()), step("y", &[], Vec::new())]);
        let plan = PlanStep { measured: Some((1_200, 3.25)), ..step("filter", &["a > 1"], vec![join]) };
        let lines = [
            "filter  [1,200 rows, 3.2 ms]",
            "    a > 1",
            "join",
            "    on: a",
            "├─ scan",
            "│      x.csv",
            "└─ y",
        ];
        assert_eq!(plan.text(), lines.join("\n"));
    }

    #[test]
    fn what_comes_from_data_is_escaped() {
        let plan = step("<script>", &["<img src=x onerror=alert(1)>\u{1b}"], Vec::new());
        let html = plan.html();
        assert!(
            html.contains("&lt;script&gt;") && html.contains("&lt;img src=x onerror=alert(1)&gt;␛"),
            "{html}"
        );
        assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
    }

    #[test]
    fn deep_plans_end() {
        let mut plan = step("scan", &[], Vec::new());
        for _ in 0..500 {
            plan = step("join", &[], vec![plan, step("scan", &[], Vec::new())]);
        }
        assert!(plan.html().contains('…'));
    }
}
