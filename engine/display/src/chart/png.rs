//! A chart as PNG at twice its CSS size: drawn twice as large again and averaged, since plotters' lines have hard edges.

use plotters::prelude::{BitMapBackend, IntoDrawingArea};

use super::Chart;
use super::canvas::Canvas;
use super::font::HEIGHT_IN_EMS;
use super::frame::{draw_frame, draw_grid};
use super::layout::Layout;
use super::marks::draw_marks;
use crate::ChartError;

/// Pixels of the image in a CSS pixel, so that it is sharp on fine screens.
const DENSITY: usize = 2;
/// Drawn pixels in a pixel of the image, each way.
const FINER: usize = 2;
/// The rasteriser centres a text's box, which reaches higher above the letters than below them.
const TEXT_DROP: f64 = 0.1;
/// Red, green, blue.
const CHANNELS: usize = 3;

impl Chart {
    /// The chart as a PNG file, twice as many pixels wide and high as it is to be shown.
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
        let (width, height) = (layout.width as usize * DENSITY, layout.height.ceil() as usize * DENSITY);
        let mut drawn = vec![255; width * height * FINER * FINER * CHANNELS];
        let size = ((width * FINER) as u32, (height * FINER) as u32);
        let backend = BitMapBackend::with_buffer(&mut drawn, size);
        let canvas =
            Canvas::new(backend.into_drawing_area(), (DENSITY * FINER) as f64, HEIGHT_IN_EMS, TEXT_DROP);
        draw_grid(&canvas, &layout)?;
        draw_marks(&canvas, &layout)?;
        draw_frame(&canvas, &layout)?;
        canvas.finish()?;
        let file = encoded(&averaged(&drawn, width, height), width as u32, height as u32)
            .map_err(|error| ChartError::Drawing { reason: error.to_string() })?;
        Ok((file, ((width / DENSITY) as u32, (height / DENSITY) as u32)))
    }
}

/// Each pixel the mean of the pixels drawn for it.
fn averaged(drawn: &[u8], width: usize, height: usize) -> Vec<u8> {
    let row = width * FINER * CHANNELS;
    let mut image = Vec::with_capacity(width * height * CHANNELS);
    for rows in drawn.chunks_exact(row * FINER) {
        let (upper, lower) = rows.split_at(row);
        for (upper, lower) in upper.chunks_exact(FINER * CHANNELS).zip(lower.chunks_exact(FINER * CHANNELS)) {
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
