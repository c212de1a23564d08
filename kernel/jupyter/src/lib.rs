//! A Jupyter kernel without a language: wire, sockets, one ordered queue to iopub, and the trait that a language
//! fills in. Knows no frame; what cells mean is left to the [`Interpreter`].

mod interpreter;

pub use interpreter::{
    Body, Bundle, Cell, CellError, CommEvent, CommEventKind, Completeness, Completion, Completions,
    InputError, Interpreter, Language, Medium, Output, OutputSink, Stream,
};
