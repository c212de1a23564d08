//! A chart as PNG at twice its CSS size: drawn twice as large again and averaged, since plotters' lines have hard edges.

use plotters::prelude::{BitMapBackend, IntoDrawingArea};

use super::Chart;
use super::canvas::Canvas;
use super::font::HEIGHT_IN_EMS;
use super::frame::{draw_frame, draw_grid};
use super::layout::Layout;
use super::marks::draw_marks;
use crate::ChartError;

/// Pictures of more CSS pixels than this are drawn no finer than they are stored, to bound memory.
const MOST_AVERAGED: usize = 1_500_000;
/// Pictures of more CSS pixels than this are not stored finer than they are shown.
const MOST_DENSE: usize = 4_000_000;
/// The rasteriser centres a text's box, which reaches higher above the letters than below them.
const TEXT_DROP: f64 = 0.1;
/// Red, green, blue.
const CHANNELS: usize = 3;

impl Chart {
    /// The chart as a PNG file, twice as many pixels wide and high as it is to be shown (as many, if it is huge).
    ///
    /// # Errors
    ///
    /// When series are unequal or mixed, or the size is out of bounds.
    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        Ok(self.sized_png()?.0)
    }

    /// The file with the width and height, in CSS pixels, at which it is to be shown.
    pub(super) fn sized_png(&self) -> Result<(Vec<u8>, (u32, u32)), ChartError> {
        let layout = Layout::new(self)?;
        let (width, height) = (layout.width.ceil() as usize, layout.height.ceil() as usize);
        let density = if width * height > MOST_DENSE { 1 } else { 2 };
        let finer = if width * height > MOST_AVERAGED { 1 } else { 2 };
        let scale = density * finer;
        let mut drawn = vec![255; width * height * scale * scale * CHANNELS];
        let backend =
            BitMapBackend::with_buffer(&mut drawn, ((width * scale) as u32, (height * scale) as u32));
        let canvas = Canvas::new(backend.into_drawing_area(), scale as f64, HEIGHT_IN_EMS, TEXT_DROP);
        draw_grid(&canvas, &layout)?;
        draw_marks(&canvas, &layout)?;
        draw_frame(&canvas, &layout)?;
        canvas.finish()?;
        let image = if finer == 1 { drawn } else { averaged(&drawn, width * density) };
        let file = encoded(&image, (width * density) as u32, (height * density) as u32)
            .map_err(|error| ChartError::Drawing { reason: error.to_string() })?;
        Ok((file, (width as u32, height as u32)))
    }
}

/// Each pixel the mean of the four drawn for it; `width` is the image's.
fn averaged(drawn: &[u8], width: usize) -> Vec<u8> {
    let row = width * 2 * CHANNELS;
    let mut image = Vec::with_capacity(drawn.len() / 4);
    for rows in drawn.chunks_exact(row * 2) {
        let (upper, lower) = rows.split_at(row);
        for (upper, lower) in upper.chunks_exact(2 * CHANNELS).zip(lower.chunks_exact(2 * CHANNELS)) {
            for channel in 0..CHANNELS {
                let sum =
                    [upper[channel], upper[channel + CHANNELS], lower[channel], lower[channel + CHANNELS]];
                image.push((sum.into_iter().map(u16::from).sum::<u16>() / 4) as u8);
            }
        }
    }
    image
}

fn encoded(image: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image)?;
    writer.finish()?;
    Ok(file)
}
