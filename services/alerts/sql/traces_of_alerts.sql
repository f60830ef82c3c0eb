select alert_id, traceparent from alerts.traces where alert_id = any ($1::uuid[])
