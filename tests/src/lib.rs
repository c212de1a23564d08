//! Tests of the whole house: its rules are in `tests/rules`, real Jupyter and a real browser in `python`.
