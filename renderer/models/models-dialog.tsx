import { useEffect, useRef } from 'react';
import { useConnection } from '../backend/client.ts';
import { Modal } from '../ui/modal.tsx';
import { listModels } from './actions.ts';
import { Downloads } from './downloads.tsx';
import { HubForm } from './hub-form.tsx';
import { ModelsTable } from './models-table.tsx';
import { ProvidersTable } from './providers.tsx';
import './models.css';

/** Models on this machine, and how others get here. Downloads go on when it is closed. */
export function ModelsDialog() {
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void listModels();
  }, [connected]);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <Modal title="Models" wide>
      <div className="models">
        <HubForm field={field} />
        <Downloads />
        <ModelsTable />
        <ProvidersTable />
      </div>
    </Modal>
  );
}
