"""E-mail as a channel: a mailbox is read by IMAP, answers leave by SMTP, threads follow the mails' headers."""
