//! The table and the JSON file.

use crate::load::Figure;

/// One line of the report.
pub struct Row {
    /// Database that was measured, or `-` for a limit that has none.
    pub database: String,
    /// Workload or limit that was measured.
    pub name: String,
    /// Result of the measurement.
    pub figure: Figure,
    /// The limit it is compared with.
    pub limit: Option<Limit>,
}

/// A limit measured in the same run.
#[derive(Clone)]
pub struct Limit {
    /// Name of the limit.
    pub name: &'static str,
    /// Its answers a second.
    pub per_second: f64,
}

/// A figure that is no rate, for example memory.
pub struct Fact {
    /// Database that was measured.
    pub database: String,
    /// Quantity that was measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

/// All that a run showed.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    facts: Vec<Fact>,
}

impl Report {
    /// Adds a line and shows it at once.
    pub fn row(&mut self, database: &str, name: &str, figure: Figure, limit: Option<&Limit>) {
        let row = Row {
            database: database.into(),
            name: name.into(),
            figure,
            limit: limit.cloned(),
        };
        println!("{}", line(&row));
        self.rows.push(row);
    }

    /// Adds a fact and shows it at once.
    pub fn fact(&mut self, database: &str, name: &str, value: f64, unit: &'static str) {
        println!("{database:9} {name:46} {value:10.2} {unit}");
        self.facts.push(Fact {
            database: database.into(),
            name: name.into(),
            value,
            unit,
        });
    }

    /// How much slower each workload of this database was at the last size than at the first, as a fact each.
    pub fn growth(&mut self, database: &str, sizes: &[u64]) {
        let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
            return;
        };
        if first == last {
            return;
        }
        let at = |size: u64| {
            let end = format!(" at {size}");
            self.rows
                .iter()
                .filter(|row| row.database == database)
                .filter_map(move |row| Some((row.name.strip_suffix(&end)?, row.figure.per_second)))
        };
        let grown: Vec<_> = at(*first)
            .filter_map(|(name, before)| {
                let (_, after) = at(*last).find(|(other, _)| *other == name)?;
                Some((
                    format!("{name}: time at {last} over time at {first}"),
                    before / after,
                ))
            })
            .collect();
        for (name, factor) in grown {
            self.fact(database, &name, factor, "x");
        }
    }

    /// The whole report as JSON.
    pub fn json(&self) -> serde_json::Value {
        let rows: Vec<_> = self.rows.iter().map(row_json).collect();
        let facts: Vec<_> = self.facts.iter().map(fact_json).collect();
        serde_json::json!({ "rows": rows, "facts": facts })
    }
}

/// The head of the table.
pub fn head() -> String {
    format!(
        "{:9} {:46} {:>10} {:>9} {:>9} {:>7}  {:>6}  limit",
        "database", "workload", "per second", "p50 ms", "p99 ms", "cpu us", "ratio"
    )
}

fn line(row: &Row) -> String {
    let Figure {
        per_second,
        p50_ms,
        p99_ms,
        cpu_us,
        ..
    } = row.figure;
    let start = format!(
        "{:9} {:46} {per_second:10.0} {p50_ms:9.3} {p99_ms:9.3} {cpu_us:7.1}",
        row.database, row.name
    );
    match &row.limit {
        Some(limit) => {
            format!(
                "{start}  {:6.2}  {} ({:.0}/s)",
                per_second / limit.per_second,
                limit.name,
                limit.per_second
            )
        }
        None => start,
    }
}

fn row_json(row: &Row) -> serde_json::Value {
    let Figure {
        per_second,
        p50_ms,
        p99_ms,
        calls,
        cpu_us,
    } = row.figure;
    let limit = row.limit.as_ref();
    serde_json::json!({
        "database": row.database, "name": row.name, "per_second": per_second, "p50_ms": p50_ms, "p99_ms": p99_ms,
        "cpu_us": cpu_us, "calls": calls, "limit": limit.map(|l| l.name), "limit_per_second": limit.map(|l| l.per_second),
        "ratio": limit.map(|l| per_second / l.per_second),
    })
}

fn fact_json(fact: &Fact) -> serde_json::Value {
    serde_json::json!({ "database": fact.database, "name": fact.name, "value": fact.value, "unit": fact.unit })
}
