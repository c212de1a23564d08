//! The environment variables that the program reads: one table for the help and the README. What they change is left
//! to whoever reads them.

/// One environment variable.
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: &'static str,
    /// What holds where it is not set.
    pub(crate) default: &'static str,
    /// One sentence.
    pub(crate) about: &'static str,
}

/// Every environment variable that the program reads.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable {
        name: "FRAM_PYTHON",
        default: "a private environment",
        about: "A Python with JupyterLab, for `fram lab`.",
    },
    Variable {
        name: "FRAM_HOME",
        default: "$XDG_DATA_HOME/fram, or ~/.local/share/fram",
        about: "Where the private Python environment, the history, a master's token and records, and notes on ended kernels are kept.",
    },
    Variable {
        name: "FRAM_MASTER",
        default: "none",
        about: "The master of the cluster that notebooks run on from their first cell on, as fram://HOST:PORT; options of `%cluster` may follow.",
    },
    Variable {
        name: "POLARS_MAX_THREADS",
        default: "the number of cores",
        about: "Threads that queries run on.",
    },
    Variable {
        name: "POLARS_OOC_SPILL_DIR",
        default: "/var/tmp/polars-USER/spill",
        about: "The folder that queries write to when they do not fit in memory.",
    },
];

/// What stands under `fram --help`: first steps, and the table.
pub(crate) fn help() -> String {
    let lines: Vec<String> = VARIABLES
        .iter()
        .map(|variable| {
            format!("  {}\n      {} Default: {}.", variable.name, variable.about, variable.default)
        })
        .collect();
    format!(
        "{FIRST_STEPS}\n\nEnvironment:\n{}\n\nSettings of a notebook: `%config` in a cell lists them.",
        lines.join("\n")
    )
}

const FIRST_STEPS: &str = "\
Examples:
  fram lab notebooks                     open the notebooks in JupyterLab
  fram run notebooks/01_getting_started.ipynb
  fram help run                          what a command can do";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_variable() {
        let readme = include_str!("../../README.md");
        for variable in VARIABLES {
            let row = format!("| `{}` | {} | {} |", variable.name, variable.default, variable.about);
            assert!(readme.contains(&row), "README.md, settings table, wants the row\n{row}");
        }
    }
}
