"""The embedded AWS: runs the same Pulumi program against an emulator on this machine.

It is for development, and AWS sees nothing of this package. `emulator` is the emulated AWS,
`deployment` brings a stack there, `monitoring` reads what happens in it, `console` shows it.
"""
