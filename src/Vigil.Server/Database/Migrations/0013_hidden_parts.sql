-- What may be a secret in an address of a camera is kept apart from it, sealed like the password.
alter table camera add hidden_sealed text;
