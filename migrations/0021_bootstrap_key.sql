-- The key that the first start of the service made: its requests may say who acts, and it owns no account.
update api_key set actor = 'bootstrap', actor_per_request = true where actor = 'first start';
