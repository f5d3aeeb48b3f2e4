"""Access: who asks, what they may do, and how much; nothing here keeps or compares passwords by itself."""
