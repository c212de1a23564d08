//! Windows: rows brought together by what windows are over, and each window worked out where its rows are. Windows over
//! different keys are worked out one kind after the other, in hidden columns. Rows keep their places by a hidden column.

use std::collections::HashMap;

use polars::prelude::{PlSmallStr, WindowMapping};
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IR, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::expression::exprs_of;
use crate::cut::open::{Open, Order};
use crate::error::CutError;

/// Windows that have their rows on the same partitions.
pub(super) struct Windows {
    /// What all of them are over.
    keys: Vec<Node>,
    windows: Vec<Node>,
}

impl Cutter<'_> {
    /// The windows in the node's expressions, by what they are over; none where something else in it looks at several
    /// rows.
    pub(super) fn windows_of(&self, ir: &IR) -> Option<Vec<Windows>> {
        let mut found = Vec::new();
        exprs_of(ir)?.iter().try_for_each(|expr| self.look_for_windows(expr.node(), &mut found))?;
        Some(found).filter(|found| !found.is_empty())
    }

    /// Notes the windows of this expression. `None` where one is over something else than what each row says by itself,
    /// or where several rows are looked at outside of windows.
    fn look_for_windows(&self, node: Node, found: &mut Vec<Windows>) -> Option<()> {
        if let Some(keys) = self.keys_of_window(node) {
            keys.iter().all(|key| self.is_key(*key)).then_some(())?;
            self.note_window(node, keys, found);
            return Some(());
        }
        self.is_by_row_itself(node).then_some(())?;
        let mut inputs = Vec::new();
        self.exprs.get(node).inputs_rev(&mut inputs);
        inputs.into_iter().try_for_each(|input| self.look_for_windows(input, found))
    }

    /// What the expression is over, where it is a window that has a row for each of its rows, and the same in each run.
    pub(super) fn keys_of_window(&self, node: Node) -> Option<&[Node]> {
        match self.exprs.get(node) {
            AExpr::Over { function, partition_by, mapping, .. } => {
                let is_known = *mapping != WindowMapping::Explode && !self.is_random(*function);
                is_known.then_some(partition_by.as_slice())
            }
            _ => None,
        }
    }

    /// Whether rows can be told apart by the expression: it is worked out row by row, and is no constant.
    fn is_key(&self, node: Node) -> bool {
        let key = ExprIR::new(node, OutputName::Alias(PlSmallStr::EMPTY));
        self.is_rowwise(&key) && !self.is_random(node) && !self.is_one_value(&key)
    }

    /// Adds the window to those that share a key with it, which are from now on by what all of them are over.
    fn note_window(&self, window: Node, keys: &[Node], found: &mut Vec<Windows>) {
        let is_in = |key: &Node, keys: &[Node]| {
            let expr = self.exprs.get(*key);
            keys.iter().any(|other| expr.is_expr_equal_to(self.exprs.get(*other), &self.exprs))
        };
        let alike = found.iter_mut().find(|other| keys.iter().any(|key| is_in(key, &other.keys)));
        match alike {
            Some(alike) => {
                alike.keys.retain(|key| is_in(key, keys));
                alike.windows.push(window);
            }
            None => found.push(Windows { keys: keys.to_vec(), windows: vec![window] }),
        }
    }

    /// The node on rows that are brought together by the keys of its windows.
    pub(super) fn windowed(
        &mut self,
        mut ir: IR,
        mut open: Open,
        kinds: &[Windows],
    ) -> Result<Open, CutError> {
        let mut hidden = Vec::new();
        if let [only] = kinds {
            open = self.by_window(open, &only.keys)?;
        } else {
            let mut places = HashMap::new();
            for kind in kinds {
                open = self.by_window(open, &kind.keys)?;
                open = self.with_windows(open, &kind.windows, (&mut hidden, &mut places));
            }
            ir = self.with_places(ir, &places);
        }
        if let IR::HStack { schema, .. } = &mut ir {
            *schema = self.widened(open.top, schema);
        }
        let is_selection = matches!(ir, IR::Select { .. });
        let open = self.pushed(ir, open);
        if is_selection || hidden.is_empty() {
            return Ok(open);
        }
        let top = self.without_columns(open.top, &hidden);
        Ok(Open { top, ..open })
    }

    /// The rows by these keys, those of each partition in their order where there is one.
    fn by_window(&mut self, open: Open, keys: &[Node]) -> Result<Open, CutError> {
        if open.is_single() {
            return Ok(open);
        }
        let keys: Vec<ExprIR> = keys.iter().enumerate().map(|key| self.named_key(key)).collect();
        if !self.can_spread(&keys, &self.schema(open.top)) {
            return self.single(open, "window");
        }
        let open = if self.is_spread_by(&open, &keys) {
            open
        } else {
            let keep_order = open.order != Order::Free;
            self.shuffled(open, &keys, keep_order)?
        };
        Ok(self.in_order(open))
    }

    fn named_key(&self, (place, key): (usize, &Node)) -> ExprIR {
        let name = match self.exprs.get(*key) {
            AExpr::Column(name) => name.clone(),
            _ => PlSmallStr::from_string(format!("__fram_window_key_{place}")),
        };
        ExprIR::new(*key, OutputName::Alias(name))
    }

    /// The rows with each of the windows in a hidden column.
    fn with_windows(
        &mut self,
        open: Open,
        windows: &[Node],
        (hidden, places): (&mut Vec<PlSmallStr>, &mut HashMap<Node, Node>),
    ) -> Open {
        let mut exprs = Vec::new();
        for window in windows {
            let name = PlSmallStr::from_string(format!("__fram_window_{}", hidden.len()));
            exprs.push(ExprIR::new(*window, OutputName::Alias(name.clone())));
            places.insert(*window, self.exprs.add(AExpr::Column(name.clone())));
            hidden.push(name);
        }
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.with_columns(exprs, ProjectionOptions::default()).node();
        open.with_top(top, "window")
    }
}
