//! Writes tables and charts of many shapes to a folder, to be looked at in a browser: `cargo run --example gallery -- FOLDER`.

mod charts;
mod tables;

use std::error::Error;
use std::path::PathBuf;

/// What JupyterLab's own sheet says about tables, so that the page shows what a notebook shows.
const NOTEBOOK_STYLE: &str = "
body{margin:16px;font:13px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;background:var(--jp-layout-color0);color:var(--jp-content-font-color1)}
body.light{--jp-layout-color0:#fff;--jp-content-font-color1:rgba(0,0,0,.87);--row:#f5f5f5}
body.dark{--jp-layout-color0:#111;--jp-content-font-color1:#fff;--row:#212121}
.lab table{border-collapse:collapse;border:none;font-size:12px;table-layout:fixed;margin-left:auto;margin-right:auto;margin-bottom:1em}
.lab thead{border-bottom:1px solid #bdbdbd;vertical-align:bottom}
.lab td,.lab th,.lab tr{vertical-align:middle;padding:.5em;line-height:normal;white-space:normal;max-width:none;border:none}
:not(.x).lab td,:not(.x).lab th,:not(.x).lab tr{text-align:right}
.lab tbody tr:nth-child(odd){background:var(--jp-layout-color0)}
.lab tbody tr:nth-child(even){background:var(--row)}
.lab img{max-width:100%}
.lab>div,.lab>figure{margin:0 0 22px}
";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: gallery FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    let tables: String = tables::all().iter().map(|table| format!("<div>{}</div>", table.html())).collect();
    let bare = tables.replace("<style>", "<!--").replace("</style>", "-->");
    let texts: String = tables::all().iter().map(|table| table.text(120) + "\n").collect();
    std::fs::write(folder.join("tables.txt"), texts)?;
    for theme in ["light", "dark"] {
        std::fs::write(folder.join(format!("tables-{theme}.html")), page(theme, &tables))?;
    }
    std::fs::write(folder.join("tables-bare.html"), format!("<meta charset=utf-8>{bare}"))?;
    let mut figures = String::new();
    for (name, chart) in charts::all() {
        let svg = chart.svg().map_err(|error| format!("{name}: {error}"))?;
        std::fs::write(folder.join(format!("{name}.svg")), svg)?;
        std::fs::write(folder.join(format!("{name}.png")), chart.png()?)?;
        std::fs::write(folder.join(format!("{name}.txt")), chart.text())?;
        figures.push_str(&format!(
            "<figure style='display:inline-block;margin:6px'><img src={name}.svg></figure>"
        ));
    }
    for theme in ["light", "dark"] {
        std::fs::write(folder.join(format!("charts-{theme}.html")), page(theme, &figures))?;
    }
    Ok(())
}

fn page(theme: &str, content: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><style>{NOTEBOOK_STYLE}</style><body class={theme}><div class=lab>{content}</div>"
    )
}
