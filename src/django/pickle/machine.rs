//! The machine that runs a pickle, as far as plain data needs it.

use std::collections::HashMap;

use num_bigint::BigInt;

use super::{
    opcodes::*,
    value::{LONGEST_NUMBER, PickleError, Value},
};

/// A part of the value that the program makes. Parts know each other by number, because they may be shared.
enum Part {
    Leaf(Value),
    Whole(Kind, Vec<usize>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Tuple,
    /// Of keys and values in turn.
    Dict,
}

#[derive(Default)]
pub(super) struct Machine<'a> {
    program: &'a [u8],
    parts: Vec<Part>,
    stack: Vec<usize>,
    /// The height of the stack at each mark that is still open.
    marks: Vec<usize>,
    memo: HashMap<u64, usize>,
}

impl<'a> Machine<'a> {
    pub(super) fn of(program: &'a [u8]) -> Self {
        Self { program, ..Self::default() }
    }

    /// Runs the program to its end. The answer is the number of what it leaves.
    pub(super) fn run(&mut self) -> Result<usize, PickleError> {
        if self.program.first() != Some(&PROTO) {
            return Err(PickleError::Malformed);
        }
        loop {
            let part = match self.number::<1>()? as u8 {
                STOP => return self.pop(),
                NONE => Part::Leaf(Value::None),
                NEWTRUE => Part::Leaf(Value::Bool(true)),
                NEWFALSE => Part::Leaf(Value::Bool(false)),
                BININT => {
                    let number = self.number::<4>()? as u32;
                    Part::Leaf(Value::Int(number.cast_signed().into()))
                }
                BININT1 => Part::Leaf(Value::Int(self.number::<1>()?.into())),
                BININT2 => Part::Leaf(Value::Int(self.number::<2>()?.into())),
                LONG1 => self.long::<1>()?,
                LONG4 => self.long::<4>()?,
                BINFLOAT => {
                    let bits = self.number::<8>()?.swap_bytes();
                    Part::Leaf(Value::Float(f64::from_bits(bits)))
                }
                SHORT_BINUNICODE => self.text::<1>()?,
                BINUNICODE => self.text::<4>()?,
                BINUNICODE8 => self.text::<8>()?,
                EMPTY_LIST => Part::Whole(Kind::List, Vec::new()),
                EMPTY_DICT => Part::Whole(Kind::Dict, Vec::new()),
                EMPTY_TUPLE => self.tuple(0)?,
                TUPLE => Part::Whole(Kind::Tuple, self.since_mark()?),
                TUPLE1 => self.tuple(1)?,
                TUPLE2 => self.tuple(2)?,
                TUPLE3 => self.tuple(3)?,
                opcode => {
                    self.change(opcode)?;
                    continue;
                }
            };
            self.stack.push(self.parts.len());
            self.parts.push(part);
        }
    }

    /// Carries out an instruction that makes no part.
    fn change(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            PROTO => drop(self.bytes(1)?),
            FRAME => drop(self.bytes(8)?),
            MARK => self.marks.push(self.stack.len()),
            APPEND => {
                let item = self.pop()?;
                self.top(Kind::List)?.push(item);
            }
            APPENDS => {
                let items = self.since_mark()?;
                self.top(Kind::List)?.extend(items);
            }
            SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.top(Kind::Dict)?.extend([key, value]);
            }
            SETITEMS => {
                let members = self.since_mark()?;
                if members.len() % 2 > 0 {
                    return Err(PickleError::Malformed);
                }
                self.top(Kind::Dict)?.extend(members);
            }
            MEMOIZE => self.remember(self.memo.len() as u64)?,
            BINPUT => self.remember_as::<1>()?,
            LONG_BINPUT => self.remember_as::<4>()?,
            BINGET => self.recall::<1>()?,
            LONG_BINGET => self.recall::<4>()?,
            _ => return Err(PickleError::NotPlain),
        }
        Ok(())
    }

    fn bytes(&mut self, length: usize) -> Result<&[u8], PickleError> {
        let (bytes, rest) = self.program.split_at_checked(length).ok_or(PickleError::Malformed)?;
        self.program = rest;
        Ok(bytes)
    }

    /// A number of `N` bytes, the lowest first.
    fn number<const N: usize>(&mut self) -> Result<u64, PickleError> {
        Ok(self.bytes(N)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes after their number, which itself takes `N`.
    fn counted<const N: usize>(&mut self) -> Result<&[u8], PickleError> {
        let length = usize::try_from(self.number::<N>()?).map_err(|_| PickleError::Malformed)?;
        self.bytes(length)
    }

    fn long<const N: usize>(&mut self) -> Result<Part, PickleError> {
        let bytes = self.counted::<N>()?;
        if bytes.len() > LONGEST_NUMBER {
            return Err(PickleError::LongNumber);
        }
        Ok(Part::Leaf(Value::Int(BigInt::from_signed_bytes_le(bytes))))
    }

    fn text<const N: usize>(&mut self) -> Result<Part, PickleError> {
        let bytes = self.counted::<N>()?.to_vec();
        let text = String::from_utf8(bytes).map_err(|_| PickleError::NotPlain)?;
        Ok(Part::Leaf(Value::Text(text)))
    }

    fn pop(&mut self) -> Result<usize, PickleError> {
        let floor = self.marks.last().copied().unwrap_or_default();
        if self.stack.len() <= floor {
            return Err(PickleError::Malformed);
        }
        self.stack.pop().ok_or(PickleError::Malformed)
    }

    fn since_mark(&mut self) -> Result<Vec<usize>, PickleError> {
        let mark = self.marks.pop().ok_or(PickleError::Malformed)?;
        Ok(self.stack.split_off(mark))
    }

    fn tuple(&mut self, length: usize) -> Result<Part, PickleError> {
        let items: Result<Vec<_>, _> = (0..length).map(|_| self.pop()).collect();
        let mut items = items?;
        items.reverse();
        Ok(Part::Whole(Kind::Tuple, items))
    }

    /// The parts of what stands on top, if that is of this `kind`.
    fn top(&mut self, kind: Kind) -> Result<&mut Vec<usize>, PickleError> {
        match self.stack.last().map(|top| &mut self.parts[*top]) {
            Some(Part::Whole(its_kind, parts)) if *its_kind == kind => Ok(parts),
            _ => Err(PickleError::Malformed),
        }
    }

    fn remember(&mut self, name: u64) -> Result<(), PickleError> {
        let top = self.stack.last().ok_or(PickleError::Malformed)?;
        self.memo.insert(name, *top);
        Ok(())
    }

    fn remember_as<const N: usize>(&mut self) -> Result<(), PickleError> {
        let name = self.number::<N>()?;
        self.remember(name)
    }

    fn recall<const N: usize>(&mut self) -> Result<(), PickleError> {
        let name = self.number::<N>()?;
        let part = self.memo.get(&name).ok_or(PickleError::Malformed)?;
        self.stack.push(*part);
        Ok(())
    }

    /// The part of that number, whole. What holds itself is nested without end.
    pub(super) fn value(
        &self,
        part: usize,
        levels: usize,
        room: &mut usize,
    ) -> Result<Value, PickleError> {
        let levels = levels.checked_sub(1).ok_or(PickleError::TooDeep)?;
        let size = match &self.parts[part] {
            Part::Leaf(Value::Text(text)) => text.len(),
            Part::Leaf(Value::Int(number)) => number.bits() as usize / 8,
            _ => 0,
        };
        *room = room.checked_sub(size + 1).ok_or(PickleError::TooLarge)?;
        let (kind, parts) = match &self.parts[part] {
            Part::Leaf(value) => return Ok(value.clone()),
            Part::Whole(kind, parts) => (kind, parts),
        };
        let values = parts.iter().map(|part| self.value(*part, levels, room));
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        Ok(match kind {
            Kind::List => Value::List(values),
            Kind::Tuple => Value::Tuple(values),
            Kind::Dict => {
                let (mut values, mut dict) = (values.into_iter(), Vec::new());
                while let (Some(key), Some(value)) = (values.next(), values.next()) {
                    if matches!(key, Value::List(_) | Value::Tuple(_) | Value::Dict(_)) {
                        return Err(PickleError::NotPlain);
                    }
                    dict.push((key, value));
                }
                Value::Dict(dict)
            }
        })
    }
}
