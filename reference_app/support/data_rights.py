"""What export and deletion have to know of requests; read by the app that does both."""

from __future__ import annotations

from reference_app.rights.registry import hide, leave_out, opens, sealed_by_merchant

opens("support.ticket", lambda seal, row: {"subject": seal.open(row["subject_sealed"], "support")})
opens("support.message", lambda seal, row: {"text": seal.open(row["text_sealed"], "support")})

hide("support.ticket", "opened into the column beside it", "subject_sealed")
hide("support.message", "opened into the column beside it", "text_sealed")
hide("support.attachment", "where the file lies; it is downloaded from its conversation", "key")
leave_out("support.notice", "mails about requests, which their readers have")

sealed_by_merchant("support.ticket", "subject_sealed")
sealed_by_merchant("support.message", "text_sealed")
