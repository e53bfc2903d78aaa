"""Rules of good talk that a program can check, on every reply of every scenario (ux.md parts B, C and G)."""
