-- Rooms that published before that was noted are not new ones: when their phone is gone, somebody must be told.
update camera set published_at = created_at where address like 'whip:%' and published_at is null;
