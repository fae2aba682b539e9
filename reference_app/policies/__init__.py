"""Terms and privacy: versioned texts, and who accepted which."""
