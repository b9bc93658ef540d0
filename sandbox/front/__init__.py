"""The one door of the sandbox: every request passes lock, who, may they, fault, and then AWS or git."""
