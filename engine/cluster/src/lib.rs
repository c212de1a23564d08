//! Frames and SQL on many machines: cutting plans into stages, the nodes that run them, master and worker. Knows no session.
