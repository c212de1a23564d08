//! Numbers that lead where they should: a hash exchange sends a row to the partition that the hash of its number names,
//! so that whoever wants a row in a partition gives it a number with such a hash.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;

use crate::piece::KEY;

/// For each of so many partitions a number that leads to it.
pub(crate) fn targets(count: usize) -> Result<Vec<u64>> {
    let mut found = vec![None; count];
    let (mut begun, mut missing) = (0, count);
    while missing > 0 {
        let numbers: Vec<u64> = (begun..begun + 16 * count as u64).collect();
        begun += numbers.len() as u64;
        spread(numbers, count, |partition, number| {
            if let Some(place @ None) = found.get_mut(partition) {
                *place = Some(number);
                missing -= 1;
            }
        })?;
    }
    Ok(found.into_iter().flatten().collect())
}

/// For each of the numbers the partition that rows with it go to, of so many.
pub fn partitions_of(numbers: Vec<u64>, count: usize) -> Result<HashMap<u64, usize>> {
    let mut found = HashMap::new();
    spread(numbers, count, |partition, number| {
        found.insert(number, partition);
    })?;
    Ok(found)
}

fn spread(numbers: Vec<u64>, count: usize, mut tell: impl FnMut(usize, u64)) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![Field::new(KEY, DataType::UInt64, false)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(UInt64Array::from(numbers))])?;
    let key = Arc::new(Column::new(KEY, 0));
    let mut partitioner = BatchPartitioner::new_hash_partitioner(vec![key], count, Time::new())?;
    partitioner.partition(batch, |partition, rows| {
        let numbers = rows.column(0).as_any().downcast_ref::<UInt64Array>();
        numbers.into_iter().flat_map(|numbers| numbers.values()).for_each(|number| tell(partition, *number));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_a_number_that_leads_to_it() {
        for count in [1, 2, 3, 7, 64, 1_000] {
            let numbers = targets(count).unwrap();
            let found = partitions_of(numbers.clone(), count).unwrap();
            let led: Vec<usize> = numbers.iter().map(|number| found[number]).collect();
            assert_eq!(led, (0..count).collect::<Vec<_>>());
        }
    }
}
