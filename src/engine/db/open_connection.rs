//! An open connection.

use sqlx::AnyConnection;

use super::{
    faults::{is_conflict, too_large},
    opened_file::Version,
    statement::{Done, Statement},
};

/// An open connection.
pub(super) struct OpenConnection {
    pub(super) connection: AnyConnection,
    /// True if all that was asked has been answered: an answer for which nobody waited any longer would
    /// be taken for the next one's.
    pub(super) is_at_rest: bool,
    /// True if the database's end of it serves others between our transactions.
    pub(super) is_shared: bool,
    /// True if it has served before, over a network that may have forgotten it since.
    pub(super) may_be_forgotten: bool,
    /// Its name in the database.
    pub(super) id: String,
    /// The bytes that the database takes at once. More than that is a lost connection, and no answer.
    pub(super) most: Option<usize>,
    pub(super) generation: u64,
    pub(super) snapshot: Snapshot,
}

/// Whether a connection takes SQLite's file for one that nobody changes.
pub(super) enum Snapshot {
    No,
    /// It does, of a version that isn't known: it isn't used again.
    Once,
    /// It is used while the file has this version.
    At(Version),
}

impl OpenConnection {
    pub(super) async fn run(&mut self, statement: &Statement) -> sqlx::Result<Done> {
        let bytes = statement.bytes();
        if let Some(most) = self.most.filter(|most| bytes > *most) {
            return Err(too_large(bytes, most));
        }
        if self.is_shared {
            statement.run_shared(&mut self.connection, &self.id).await
        } else {
            statement.run(&mut self.connection).await
        }
    }

    /// Lets it be used again after `answer`, unless that leaves a doubt about it.
    pub(super) fn release<T>(&mut self, answer: sqlx::Result<T>) -> sqlx::Result<T> {
        self.is_at_rest = match &answer {
            // Nothing was sent in the second case.
            Ok(_) | Err(sqlx::Error::Encode(_)) => true,
            Err(error @ sqlx::Error::Database(why)) => {
                is_conflict(error) || why.is_unique_violation()
            }
            Err(_) => false,
        };
        answer
    }
}
