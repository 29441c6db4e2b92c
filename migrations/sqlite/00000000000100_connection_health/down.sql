DROP TABLE connection_outcomes;
DROP TABLE connection_health;
