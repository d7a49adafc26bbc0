"""The embedded AWS: runs the same Pulumi program against an emulator on this machine.

It is for development: there is no state, no diff and no update, and AWS sees nothing of this
package.
"""
