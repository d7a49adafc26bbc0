"""The emulator's process: how it starts, who may call it, and what is changed in it."""
