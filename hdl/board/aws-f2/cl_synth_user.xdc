# Nothing: no constraint for synthesis alone.
