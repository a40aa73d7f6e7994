//! How values go to an engine, and how its rows are read: written once, and made for each of sqlx's engines, since what
//! their types have in common makes bounds that nobody can read.

/// Makes `arguments`, which binds [`Value`](super::engine::Value)s, and [`Row`](super::engine::Row) for an engine.
macro_rules! exchange {
    ($database:ty, $row:ty, $arguments:ty) => {
        /// Binds the values of a statement.
        pub(super) fn arguments(
            values: Vec<$crate::store::engine::Value>,
        ) -> Result<$arguments, $crate::store::error::StoreError> {
            use sqlx::Arguments;
            use $crate::store::{engine::Value, error::StoreError};
            let mut arguments = <$arguments>::default();
            arguments.reserve(values.len(), 0);
            for value in values {
                match value {
                    Value::Int(number) => arguments.add(number),
                    Value::Text(text) => arguments.add(text.as_deref()),
                    Value::Uuid(id) => arguments.add(id),
                    Value::Bytes(bytes) => arguments.add(bytes),
                }
                .map_err(|error| StoreError::Engine(error.to_string()))?;
            }
            Ok(arguments)
        }

        impl $crate::store::engine::Row for $row {
            fn int(&self, column: usize) -> Result<Option<i64>, $crate::store::error::StoreError> {
                read(self, column)
            }

            fn text(&self, column: usize) -> Result<Option<&str>, $crate::store::error::StoreError> {
                read(self, column)
            }

            fn uuid(&self, column: usize) -> Result<Option<uuid::Uuid>, $crate::store::error::StoreError> {
                read(self, column)
            }

            fn bytes(&self, column: usize) -> Result<Option<&[u8]>, $crate::store::error::StoreError> {
                read(self, column)
            }
        }

        fn read<'r, T: sqlx::Decode<'r, $database>>(
            row: &'r $row,
            column: usize,
        ) -> Result<Option<T>, $crate::store::error::StoreError> {
            use sqlx::Row;
            row.try_get_unchecked(column).map_err(|error| $crate::store::error::StoreError::Corrupt(error.to_string()))
        }
    };
}

pub(super) use exchange;
