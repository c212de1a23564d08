//! The exchanges: a growing segment is closed, and another begins with its rows, gathered, shuffled or handed to all.

use std::sync::Arc;

use polars::prelude::{
    Column, DataFrame, DataType, Expr, PlSmallStr, Schema, SchemaRef, SortMultipleOptions, as_struct, col,
};
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{IR, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::join::Keyed;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::error::CutError;
use crate::piece::{Exchange, Input, KEY, ORDER, Piece};

/// A piece whose rows have a key for a hash exchange.
pub(super) struct KeyedPiece {
    pub(super) piece: Piece,
    /// The columns that the key is made of, where it is made of columns.
    pub(super) names: Option<Vec<PlSmallStr>>,
    /// The order of the rows after the exchange.
    pub(super) order: Order,
    pub(super) size: Size,
}

impl Cutter<'_> {
    /// The node with each of its inputs in one partition.
    pub(super) fn gathered(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let opens = ir.inputs().map(|input| self.cut(input)).collect::<Result<Vec<_>, _>>()?;
        let reason = step_name(&ir);
        self.in_one(ir, opens, &reason)
    }

    /// The node on these inputs, each brought into one partition.
    pub(super) fn in_one(&mut self, ir: IR, opens: Vec<Open>, reason: &str) -> Result<Open, CutError> {
        let (mut whole, mut tops): (Option<Open>, _) = (None, Vec::new());
        for open in opens {
            let open = self.single(open, reason)?;
            tops.push(open.top);
            match &mut whole {
                Some(whole) => whole.absorb(open),
                None => whole = Some(open),
            }
        }
        let top = self.nodes.add(ir.with_inputs(tops));
        Ok(match whole {
            Some(open) => Open { size: Size::UNKNOWN, keys: None, ..open.with_top(top, reason) },
            None => Open::single(top, reason),
        })
    }

    /// All rows in one partition, in their order where there is one.
    pub(super) fn single(&mut self, open: Open, reason: &str) -> Result<Open, CutError> {
        if open.is_single() {
            return Ok(open);
        }
        let (order, size) = (open.order.clone(), open.size);
        let numbered = order == Order::Kept;
        let piece = self.close(open, numbered)?;
        let mut open = self.begin(piece, Exchange::Gather)?;
        open.size = size;
        open.reason = Some(reason.to_owned());
        let column = match order {
            Order::Kept => PlSmallStr::from_static(ORDER),
            Order::By(column) => column,
            Order::Free => return Ok(open),
        };
        Ok(self.sorted_by_order(open, &column))
    }

    /// Partitions by keys of the rows of these segments together, by what is guessed of their bytes.
    pub(super) fn partitions_of(&self, segments: &[&Open]) -> usize {
        let bytes = segments.iter().filter_map(|open| open.size.guess).fold(0, u64::saturating_add);
        let writers = segments.iter().map(|open| open.partitions).max().unwrap_or_default();
        self.options.partitions_of(bytes, writers)
    }

    /// The rows spread over as many partitions as they are worth by the hash of the keys. With `keep_order`, a hidden column
    /// has each row's place.
    pub(super) fn shuffled(
        &mut self,
        open: Open,
        keys: &[ExprIR],
        keep_order: bool,
    ) -> Result<Open, CutError> {
        let partitions = self.partitions_of(&[&open]);
        self.shuffled_into(partitions, (open, keys, keep_order))
    }

    /// The same over so many partitions.
    pub(super) fn shuffled_into(
        &mut self,
        partitions: usize,
        (open, keys, keep_order): Keyed<'_>,
    ) -> Result<Open, CutError> {
        let keyed = self.keyed(open, keys, keep_order)?;
        let mut open = self.begin(keyed.piece, Exchange::Hash(partitions))?;
        (open.keys, open.order, open.size) = (keyed.names, keyed.order, keyed.size);
        Ok(open)
    }

    /// The rows with what a hash exchange goes by.
    pub(super) fn keyed(
        &mut self,
        open: Open,
        keys: &[ExprIR],
        keep_order: bool,
    ) -> Result<KeyedPiece, CutError> {
        let open = if keep_order { open } else { self.without_order(open) };
        let (order, size) = (open.order.clone(), open.size);
        let names = self.plain_names(keys);
        let numbered = keep_order && order == Order::Kept;
        let open = self.with_key(open, keys)?;
        // The key must be the last column, so the number of a row comes before it.
        let piece = self.close(open, numbered)?;
        let order = match order {
            Order::Kept if keep_order => Order::By(PlSmallStr::from_static(ORDER)),
            Order::By(column) => Order::By(column),
            Order::Kept | Order::Free => Order::Free,
        };
        Ok(KeyedPiece { piece, names, order, size })
    }

    /// The place in another segment where all of these rows stand, and what feeds it.
    pub(super) fn broadcast(&mut self, open: Open) -> Result<(Node, PlSmallStr, Input), CutError> {
        let open = self.without_order(open);
        let piece = self.close(open, false)?;
        let (node, mark) = self.place_for(&piece)?;
        Ok((node, mark, Input { piece, exchange: Exchange::Broadcast }))
    }

    /// A segment that begins with the piece's rows.
    pub(super) fn begin(&mut self, piece: Piece, exchange: Exchange) -> Result<Open, CutError> {
        let partitions = match exchange {
            Exchange::Aligned => piece.partitions(),
            Exchange::Hash(count) | Exchange::Ranges(count) => count,
            Exchange::Gather | Exchange::Broadcast => 1,
        };
        let (top, mark) = self.place_for(&piece)?;
        Ok(Open {
            top,
            inputs: vec![(mark, Input { piece, exchange })],
            scans: Vec::new(),
            tickets: Vec::new(),
            partitions,
            keys: None,
            order: if partitions == 1 { Order::Kept } else { Order::Free },
            size: Size::UNKNOWN,
            label: Vec::new(),
            reason: None,
        })
    }

    /// Without the hidden column of places, for a node that forgets the order.
    pub(super) fn without_order(&mut self, open: Open) -> Open {
        let Order::By(column) = &open.order else { return open };
        let top = self.without_column(open.top, column);
        Open { top, order: Order::Free, ..open }
    }

    pub(super) fn sorted_by_order(&mut self, open: Open, column: &PlSmallStr) -> Open {
        let sorted = self.sorted_by(open.top, column);
        let top = self.without_column(sorted, column);
        Open { top, order: Order::Kept, ..open }
    }

    /// The rows of each partition in the order of all, where a hidden column says it.
    pub(super) fn in_order(&mut self, open: Open) -> Open {
        let Some(column) = open.order_column().cloned() else { return open };
        let top = self.sorted_by(open.top, &column);
        open.with_top(top, "sort")
    }

    fn sorted_by(&mut self, input: Node, column: &PlSmallStr) -> Node {
        let by_column = vec![ExprIR::from_column_name(column.clone(), &mut self.exprs)];
        let sort_options = SortMultipleOptions::default().with_maintain_order(true);
        self.nodes.add(IR::Sort { input, by_column, slice: None, sort_options })
    }

    pub(super) fn without_column(&mut self, top: Node, column: &PlSmallStr) -> Node {
        self.without_columns(top, std::slice::from_ref(column))
    }

    pub(super) fn without_columns(&mut self, top: Node, columns: &[PlSmallStr]) -> Node {
        let mut schema = (*self.schema(top)).clone();
        for column in columns {
            schema.shift_remove(column);
        }
        self.nodes.add(IR::SimpleProjection { input: top, columns: Arc::new(schema) })
    }

    /// A node that stands for the piece's rows, and its mark.
    pub(super) fn place_for(&mut self, piece: &Piece) -> Result<(Node, PlSmallStr), CutError> {
        let mark = self.mark();
        let mut schema: Schema = piece.schema().map(|schema| (**schema).clone()).unwrap_or_default();
        schema.shift_remove(KEY);
        let empty = DataFrame::new(0, vec![Column::new_empty(mark.clone(), &DataType::Null)])?;
        let place = IR::DataFrameScan { df: Arc::new(empty), schema: Arc::new(schema), output_schema: None };
        Ok((self.nodes.add(place), mark))
    }

    /// The rows with the hidden column that a hash exchange goes by: Polars' own hash, so that what Polars calls
    /// equal (nulls, NaN, -0.0) is in one partition, in every process.
    fn with_key(&mut self, open: Open, keys: &[ExprIR]) -> Result<Open, CutError> {
        let kept: SchemaRef = self.schema(open.top);
        let named: Vec<PlSmallStr> =
            (0..keys.len()).map(|at| PlSmallStr::from_string(format!("__fram_key_{at}"))).collect();
        let exprs: Vec<ExprIR> = keys
            .iter()
            .zip(&named)
            .map(|(key, name)| ExprIR::new(key.node(), OutputName::Alias(name.clone())))
            .collect();
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let mut builder = builder.with_columns(exprs, ProjectionOptions::default());
        let parts: Vec<Expr> = {
            let schema = builder.schema();
            named.iter().map(|name| hash_part(name, schema.get(name))).collect()
        };
        let whole = match <[Expr; 1]>::try_from(parts) {
            Ok([one]) => one,
            Err(several) => as_struct(several),
        };
        let key = builder.add_expr(whole.hash(0, 1, 2, 3).alias(KEY))?;
        let top = builder.with_columns(vec![key], ProjectionOptions::default()).node();
        let mut columns = (*kept).clone();
        columns.with_column(KEY.into(), DataType::UInt64);
        let top = self.nodes.add(IR::SimpleProjection { input: top, columns: Arc::new(columns) });
        Ok(Open { top, ..open })
    }
}

/// A part of a key as it is hashed: categories by their strings, since their codes differ between processes.
fn hash_part(name: &PlSmallStr, dtype: Option<&DataType>) -> Expr {
    let part = col(name.clone());
    match dtype {
        Some(DataType::Categorical(..) | DataType::Enum(..)) => part.cast(DataType::String),
        _ => part,
    }
}

/// What a step is called.
pub(super) fn step_name(ir: &IR) -> String {
    ir.name().replace('_', " ")
}
