//! The protocol as a frontend sees it: a toy kernel in its own process, driven over real sockets.

mod assistance;
mod cells;
mod comms;
mod defects;
mod frontend;
mod hostile;
mod life;
mod output;
mod recall;
