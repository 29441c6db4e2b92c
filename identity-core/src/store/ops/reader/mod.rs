//! The reader, an area a file.

mod connections;
mod deployment;
mod groups;
mod logs;
mod organizations;
mod roles;
mod tokens;
mod users;

use super::Conn;
use crate::store::Reader;

impl Reader for Conn {}
