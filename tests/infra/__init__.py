"""The program, run with mocks in the engine's place: what it would deploy, for every stack and in both modes."""
