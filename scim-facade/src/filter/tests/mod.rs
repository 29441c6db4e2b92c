mod matching;
mod oracle;
mod parsing;
mod round_trip;
mod translating;
