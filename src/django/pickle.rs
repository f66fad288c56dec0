//! Python's pickles, as far as they hold plain data: `None`, booleans, numbers, text, lists,
//! tuples and dictionaries of such keys.
//!
//! A pickle is a program for a machine with a stack, and may name any function of Python to be
//! called. What isn't plain data is refused, and what is nested deeper or grows larger than a session
//! may. The format is described in Python's module `pickletools`. (The crate `serde-pickle` reads
//! instances of unknown classes as empty dictionaries, and sets no bound to what shared parts grow to.)

mod machine;
mod opcodes;
mod value;

pub(crate) use self::value::{PickleError, Value};
use self::{
    machine::Machine,
    opcodes::{
        APPENDS, BINFLOAT, BINUNICODE8, EMPTY_DICT, EMPTY_LIST, LONG1, LONG4, MARK, NEWFALSE,
        NEWTRUE, NONE, PROTO, SETITEMS, STOP, TUPLE,
    },
    value::DEEPEST,
};

impl Value {
    /// The value in the pickle `bytes`, if that has at most about `max_bytes`, and surely if it is no more
    /// as JSON. Python ignores what stands behind its end, and so does this.
    pub(crate) fn unpickled(bytes: &[u8], max_bytes: usize) -> Result<Self, PickleError> {
        let mut machine = Machine::of(bytes);
        let root = machine.run()?;
        let mut room = max_bytes;
        // The root isn't counted: each of its values may be as deep as JSON.
        machine.value(root, DEEPEST + 1, &mut room)
    }

    /// A pickle that every Python 3 reads.
    pub(crate) fn pickled(&self) -> Vec<u8> {
        let mut pickle = vec![PROTO, 4];
        self.push(&mut pickle);
        pickle.push(STOP);
        pickle
    }

    fn push(&self, pickle: &mut Vec<u8>) {
        match self {
            Self::None => pickle.push(NONE),
            Self::Bool(true) => pickle.push(NEWTRUE),
            Self::Bool(false) => pickle.push(NEWFALSE),
            Self::Int(number) => push_int(pickle, &number.to_signed_bytes_le()),
            Self::Float(number) => {
                pickle.push(BINFLOAT);
                pickle.extend(number.to_be_bytes());
            }
            Self::Text(text) => {
                pickle.push(BINUNICODE8);
                pickle.extend((text.len() as u64).to_le_bytes());
                pickle.extend(text.as_bytes());
            }
            Self::List(items) => {
                pickle.extend([EMPTY_LIST, MARK]);
                items.iter().for_each(|item| item.push(pickle));
                pickle.push(APPENDS);
            }
            Self::Tuple(items) => {
                pickle.push(MARK);
                items.iter().for_each(|item| item.push(pickle));
                pickle.push(TUPLE);
            }
            Self::Dict(members) => {
                pickle.extend([EMPTY_DICT, MARK]);
                for (key, value) in members {
                    key.push(pickle);
                    value.push(pickle);
                }
                pickle.push(SETITEMS);
            }
        }
    }
}

fn push_int(pickle: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => pickle.extend([LONG1, length]),
        Err(_) => {
            pickle.push(LONG4);
            // Nobody's session is so large.
            let length = u32::try_from(bytes.len()).unwrap_or_default();
            pickle.extend(length.to_le_bytes());
        }
    }
    pickle.extend(bytes);
}

#[cfg(test)]
mod tests;
